"""Reads a stranger's file, in a process of its own: run as a script, it imports nothing of the portal.

The parsers of pictures and PDF are large programs in C and C++. Here they run with no secrets in the environment, with
limits on memory and time, and a crash ends this process and not the server. `untrusted.py` starts it. The file comes
on standard input; the answer on standard output is one line of JSON (an error has the key `error`), then any bytes.
"""

import json
import resource
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pypdfium2  # type: ignore[import-untyped]  # carries no types
from PIL import Image, ImageCms, ImageOps

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 90
_FILE_SIZE = 256 * 1024**2

_PASSWORD_ERROR = 4
"""FPDF_ERR_PASSWORD in PDFium's fpdfview.h."""


class Refused(Exception):
    """The file cannot be used; the text is the `error` of the answer."""


def confine() -> None:
    """Give up the right to more memory, time and space than any honest file needs."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_SIZE, _FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold what the person sent


def pdf_facts(data: bytes, max_pages: int) -> dict[str, Any]:
    """Open the PDF and every page of it."""
    with _opened(data) as pdf:
        pages = len(pdf)
        if pages > max_pages:
            raise Refused("too many pages")
        for index in range(pages):
            pdf[index].close()
        if not pages:
            raise Refused("damaged")
    return {"pages": pages}


def pdf_pages(data: bytes, folder: Path, dots_per_inch: int, max_side: int, max_pages: int) -> dict[str, Any]:
    """Write page n as `folder/n.jpg`; answers each page's width and height in points, and its text."""
    with _opened(data) as pdf:
        if len(pdf) > max_pages:
            raise Refused("too many pages")
        return {"pages": [_page(page, folder / f"{n}.jpg", dots_per_inch, max_side) for n, page in enumerate(pdf, 1)]}


def _page(page: Any, path: Path, dots_per_inch: int, max_side: int) -> dict[str, Any]:
    width, height = page.get_size()
    scale = min(dots_per_inch / 72, max_side / max(width, height))
    page.render(scale=scale).to_pil().convert("RGB").save(path, "JPEG", quality=85)
    text = page.get_textpage().get_text_range(errors="replace")
    page.close()
    return {"width": width, "height": height, "text": text}


def picture(data: bytes, max_pixels: int, max_side: int) -> tuple[dict[str, Any], bytes]:
    """The picture written anew: turned upright, in sRGB, no larger than `max_side`, and nothing but the picture."""
    Image.MAX_IMAGE_PIXELS = None  # our own limits say no without a warning
    with Image.open(BytesIO(data), formats=["JPEG", "PNG"]) as source:
        if source.width * source.height > max_pixels:
            raise Refused("too many pixels")
        kind = source.format
        source.draft("RGB", (max_side, max_side))  # a JPEG is scaled down while it is read
        source.load()
        image = _in_srgb(ImageOps.exif_transpose(source))
    if image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGBA" if kind == "PNG" else "RGB")
    image.thumbnail((max_side, max_side))
    image.info.clear()  # EXIF, position, comments
    written = BytesIO()
    image.save(written, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return {"width": image.width, "height": image.height}, written.getvalue()


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image


def _opened(data: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if error.err_code == _PASSWORD_ERROR else "damaged") from None


def answer(request: dict[str, Any], data: bytes, output: BinaryIO) -> None:
    """Do what was asked, and write the answer; every failure of a parser is `damaged`."""
    extra = b""
    try:
        task = request.pop("task")
        if task == "picture":
            facts, extra = picture(data, **request)
        elif task == "pdf_pages":
            facts = pdf_pages(data, Path(request.pop("folder")), **request)
        else:
            facts = pdf_facts(data, **request)
    except Refused as refused:
        facts = {"error": str(refused)}
    except Exception:  # parsers of broken files raise anything
        facts = {"error": "damaged"}
    output.write(json.dumps(facts).encode() + b"\n" + extra)


if __name__ == "__main__":
    confine()
    answer(json.loads(sys.argv[1]), sys.stdin.buffer.read(), sys.stdout.buffer)
