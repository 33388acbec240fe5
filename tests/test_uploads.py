"""Attachments: Kari's photo and letter come through; what only looks like them does not."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # carries no types
import pytest
from PIL import Image, ImageCms

from citizen_portal import uploads
from citizen_portal.documents import Document, Section, archive_rendition, confined, render, rendition, untrusted
from citizen_portal.errors import DomainError
from citizen_portal.uploads import CheckedFile, UploadLimits, check_upload, clean_filename
from tests import verapdf

LETTER = Document(
    "Legeerklæring", "nb", "Ringebu legesenter", "", date(2026, 11, 20), (), (Section("", ("Borghild",)),)
)
SMALL = UploadLimits(max_bytes=200_000, max_pages=2, max_pixels=1_000_000, max_side=400)

EXE = b"MZ\x90\x00" + bytes(2000)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

# Our own tools make no PDF with a password. This is the smallest one: the standard security handler (revision 2, RC4
# with 40 bits) and hashes that the empty password does not fit.
LOCKED_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]/Size 5>>\n%%EOF\n"
)


def _picture(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    image = Image.new(mode, size)
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "white"))  # the left half is white
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def _opened(checked: CheckedFile) -> Image.Image:
    image = Image.open(BytesIO(checked.data))
    image.load()
    return image


def _zip() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        # Not of this moment: the bytes are in the names of tests, which every test process must know alike.
        archive.writestr(zipfile.ZipInfo("index.html", (2026, 1, 1, 0, 0, 0)), "<script>alert(1)</script>")
    return written.getvalue()


def test_karis_letter_comes_through_as_it_is() -> None:
    pdf = render(LETTER)
    checked = check_upload(BytesIO(pdf), "Legeerklæring mamma.pdf")
    assert checked == CheckedFile(pdf, "application/pdf", "pdf", "Legeerklæring mamma.pdf")
    assert checked.size == len(pdf)


@pytest.mark.parametrize(("kind", "mime", "extension"), [("JPEG", "image/jpeg", "jpg"), ("PNG", "image/png", "png")])
def test_karis_photo_comes_through(kind: str, mime: str, extension: str) -> None:
    checked = check_upload(_picture(kind), "bilde")
    assert (checked.mime, checked.filename) == (mime, f"bilde.{extension}")
    assert _opened(checked).size == (60, 40)


def test_a_photo_is_turned_upright_and_does_not_tell_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    exif[0x010F] = "Telefon"
    exif.get_ifd(0x8825)[1] = "N"
    photo = _opened(check_upload(_picture("JPEG", exif=exif, comment=b"hjemme hos mamma"), "IMG_1.jpg"))
    assert photo.size == (40, 60)
    assert photo.getpixel((20, 5)) > (200, 200, 200)  # type: ignore[operator]
    assert not photo.getexif()
    assert not {"exif", "comment"} & set(photo.info)


def test_a_large_photo_is_made_smaller() -> None:
    assert _opened(check_upload(_picture("JPEG", (900, 600)), "x", limits=SMALL)).size == (400, 267)
    assert _opened(check_upload(_picture("PNG", (600, 900)), "x", limits=SMALL)).size == (267, 400)


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_colours_are_made_ordinary(mode: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profiles: list[dict[str, Any]] = [{}, {"icc_profile": profile}, {"icc_profile": b"not a profile"}]
    for options in profiles:
        photo = _opened(check_upload(_picture("JPEG", mode=mode, **options), "x.jpg"))
        assert photo.mode in ("L", "RGB")
        assert "icc_profile" not in photo.info


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "I;16"])
def test_every_kind_of_png_opens(mode: str) -> None:
    written = BytesIO()
    Image.new(mode, (30, 20)).save(written, "PNG")
    assert _opened(check_upload(written.getvalue(), "skjermbilde.png")).size == (30, 20)


@pytest.mark.parametrize("hidden", [_zip(), b"<html><script>alert(1)</script></html>", b"%PDF-1.7 more"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_hides_behind_a_picture_is_gone(kind: str, hidden: bytes) -> None:
    checked = check_upload(_picture(kind) + hidden, "bilde")
    assert hidden[-20:] not in checked.data
    assert not zipfile.is_zipfile(BytesIO(checked.data))


@pytest.mark.parametrize(
    ("data", "filename", "refusal"),
    [
        (b"", "tom.pdf", uploads.EmptyFile),
        (EXE, "faktura.pdf", uploads.WrongFileType),
        (SVG, "bilde.png", uploads.WrongFileType),
        (_zip(), "bilder.jpg", uploads.WrongFileType),
        (b"GIF89a" + bytes(100), "bilde.jpg", uploads.WrongFileType),
        (b" %PDF-1.7", "brev.pdf", uploads.WrongFileType),
        (b"%PDF-1.7\n" + EXE, "brev.pdf", uploads.DamagedFile),
        (render(LETTER)[:2000], "brev.pdf", uploads.DamagedFile),
        (b"\xff\xd8\xff" + EXE, "bilde.jpg", uploads.DamagedFile),
        (_picture("JPEG", (500, 500))[:900], "bilde.jpg", uploads.DamagedFile),
        (_picture("PNG")[:60], "bilde.png", uploads.DamagedFile),
        (LOCKED_PDF, "hemmelig.pdf", uploads.EncryptedPdf),
    ],
)
def test_what_is_not_a_readable_pdf_or_picture_is_refused(
    data: bytes, filename: str, refusal: type[uploads.UploadError]
) -> None:
    with pytest.raises(refusal):
        check_upload(data, filename)


def test_a_file_that_is_too_large_is_refused_without_being_read_to_its_end() -> None:
    upload = BytesIO(bytes(60 * 1024 * 1024))
    with pytest.raises(uploads.FileTooLarge) as refusal:
        check_upload(upload, "film.pdf")
    assert refusal.value.limit == 25_000_000
    assert upload.tell() == refusal.value.limit + 1


def test_a_picture_that_unpacks_to_far_too_much_is_refused() -> None:
    bomb = _picture("PNG", (20_000, 20_000), mode="1")
    assert len(bomb) < 100_000
    with pytest.raises(uploads.TooManyPixels) as refusal:
        check_upload(bomb, "bombe.png")
    assert refusal.value.limit == 200_000_000


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    long = render(replace(LETTER, sections=(Section("", ("ord " * 6000,)),)))
    with pytest.raises(uploads.TooManyPages) as refusal:
        check_upload(long, "lang.pdf", limits=SMALL)
    assert refusal.value.limit == 2


def test_all_refusals_are_the_domains_own() -> None:
    assert issubclass(uploads.FileTooLarge, uploads.UploadError)
    assert issubclass(uploads.UploadError, DomainError)
    assert uploads.MIME_TYPES == ("application/pdf", "image/jpeg", "image/png")


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("Legeerklæring mamma.PDF", "Legeerklæring mamma.pdf"),
        ("C:\\Users\\Kari\\brev.pdf", "brev.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("faktura.pdf.exe", "faktura.pdf"),
        ("faktura.exe .pdf", "faktura.pdf"),
        ("gnp\u202efdp.exe", "gnpfdp.pdf"),
        ("linje\r\nSet-Cookie: x=1.pdf", "linjeSet-Cookie_ x=1.pdf"),
        ('a"b<c>|?*.pdf', "a_b_c____.pdf"),
        ("referat 12.11.2026", "referat 12.11.2026.pdf"),
        ("", "vedlegg.pdf"),
        (".pdf", "vedlegg.pdf"),
        ("   ...", "vedlegg.pdf"),
        ("\ud800.pdf", "_.pdf"),
        ("đ" * 5000 + ".pdf", "đ" * 100 + ".pdf"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_a_filename_keeps_what_is_harmless(given: str, cleaned: str) -> None:
    assert clean_filename(given, "pdf") == cleaned


def test_the_archive_gets_a_pdf_that_it_takes_and_everyone_can_read(tmp_path: Path) -> None:
    pages = "linje\n" * 100
    plain = render(replace(LETTER, sections=(Section("", (pages,)),)))
    archived = archive_rendition(plain, "application/pdf", "Legeerklæring \x07", "nb", date(2026, 11, 23))
    assert archived is not None
    assert (archived.mime, archived.extension, archived.details) == ("application/pdf", "pdf", "PDF/A-2a, PDF/UA-1")
    with pypdfium2.PdfDocument(archived.data) as opened, pypdfium2.PdfDocument(plain) as original:
        assert [page.get_size() for page in opened] == [pytest.approx(page.get_size(), abs=1) for page in original]
    assert "Ringebu legesenter".encode("utf-16-be") in archived.data or b"Ringebu legesenter" in archived.data
    path = tmp_path / "rendition.pdf"
    path.write_bytes(archived.data)
    assert verapdf.findings([path]) == []


def test_the_same_pdf_gives_the_same_rendition() -> None:
    made = [archive_rendition(render(LETTER), "application/pdf", "x", "nn", date(2026, 11, 23)) for _ in range(2)]
    assert made[0] == made[1]


def test_a_picture_is_archived_as_it_is() -> None:
    assert archive_rendition(_picture("PNG"), "image/png", "bilde", "nb", date(2026, 11, 23)) is None


def test_a_parser_that_hangs_or_dies_is_given_up() -> None:
    with pytest.raises(untrusted.Unreadable, match="damaged"):
        untrusted.count_pdf_pages(render(LETTER), max_pages=5, seconds=0.001)


def test_pages_of_strange_sizes_fit_the_archive() -> None:
    sheet = untrusted.PdfPage(width=1.0, height=20_000.0, text="")
    assert rendition._sheet(sheet, "Side 1") == {"width": 3.0, "height": 14_400.0, "text": "Side 1"}


@pytest.mark.parametrize("request_", [{"task": "picture"}, {"task": "pdf_pages", "folder": "/"}, {}])
def test_the_confined_reader_always_answers(request_: dict[str, str]) -> None:
    output = BytesIO()
    confined.answer(request_, b"", output)
    assert output.getvalue() == b'{"error": "damaged"}\n'


def _answered(data: bytes, **request: Any) -> tuple[dict[str, Any], bytes]:
    """What the confined reader answers, asked in this process."""
    output = BytesIO()
    confined.answer(request, data, output)
    line, _, extra = output.getvalue().partition(b"\n")
    return json.loads(line), extra


def test_the_confined_reader_reads_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # the reader lifts it for its own process
    limits = {"task": "picture", "max_pixels": 5000, "max_side": 30}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for odd in ({}, {"mode": "CMYK"}, {"icc_profile": profile}, {"icc_profile": b"none"}):
        facts, written = _answered(_picture("JPEG", **odd), **limits)
        assert facts == {"width": 30, "height": 20}
        assert written == untrusted.rewrite_picture(_picture("JPEG", **odd), 5000, 30)
    assert _answered(_picture("PNG", mode="P"), **limits)[0] == {"width": 30, "height": 20}
    assert _answered(_picture("PNG", (100, 100)), **limits)[0] == {"error": "too many pixels"}


def test_the_confined_reader_reads_pdf(tmp_path: Path) -> None:
    pages = {"task": "pdf_pages", "folder": str(tmp_path), "dots_per_inch": 72, "max_side": 100}
    facts, _ = _answered(render(LETTER), max_pages=5, **pages)
    assert "Borghild" in facts["pages"][0]["text"]
    with Image.open(tmp_path / "1.jpg") as page:
        assert page.size == (71, 100)
    assert _answered(render(LETTER), max_pages=0, **pages)[0] == {"error": "too many pages"}
    assert _answered(render(LETTER), task="pdf_facts", max_pages=5)[0] == {"pages": 1}
    assert _answered(render(LETTER), task="pdf_facts", max_pages=0)[0] == {"error": "too many pages"}
    assert _answered(LOCKED_PDF, task="pdf_facts", max_pages=5)[0] == {"error": "encrypted"}


def test_the_confined_reader_cannot_take_the_machines_memory() -> None:
    hungry = "import confined; confined.confine(); bytearray(3 * 1024**3)"
    folder = Path(confined.__file__).parent
    done = subprocess.run([sys.executable, "-c", hungry], cwd=folder, capture_output=True, text=True)
    assert "MemoryError" in done.stderr
