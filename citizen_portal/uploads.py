"""Uploaded files, checked by what they are and not by what they are called.

Allowed are PDF, JPEG and PNG: what archives take (or take after a rendition) and every browser shows. A picture is
written anew, so nothing hides behind it and nothing tells where it was taken; a PDF is opened page by page. Both happen
in a process of their own, see `documents.untrusted`.
"""

import re
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from citizen_portal.documents.untrusted import Unreadable, count_pdf_pages, rewrite_picture
from citizen_portal.errors import DomainError


class UploadError(DomainError):
    """The uploaded file cannot be accepted."""


class EmptyFile(UploadError):
    """The file holds nothing."""


class WrongFileType(UploadError):
    """The content is not PDF, JPEG or PNG, whatever the name says."""


class EncryptedPdf(UploadError):
    """The PDF opens only with a password."""


class DamagedFile(UploadError):
    """The content begins as a file of an allowed type, but cannot be read as one."""


@dataclass(eq=False)  # an exception stays hashable
class _LimitPassed(UploadError):
    limit: int


class FileTooLarge(_LimitPassed):
    """The file has more than `limit` bytes."""


class TooManyPages(_LimitPassed):
    """The PDF has more than `limit` pages."""


class TooManyPixels(_LimitPassed):
    """The picture has more than `limit` pixels (width times height)."""


@dataclass(frozen=True)
class UploadLimits:
    """What is accepted: bytes per file, pages per PDF, pixels per picture; and the longest side (pixels) to keep."""

    max_bytes: int = 25_000_000
    max_pages: int = 500
    max_pixels: int = 200_000_000
    max_side: int = 4000


@dataclass(frozen=True)
class CheckedFile:
    """A file that can be stored and handed out: its bytes, type and a name that is safe to show and to save under."""

    data: bytes
    mime: str
    extension: str
    filename: str

    @property
    def size(self) -> int:
        """In bytes; of a picture, after it was written anew."""
        return len(self.data)


@dataclass(frozen=True)
class _Kind:
    magic: bytes
    mime: str
    extension: str


_PDF = _Kind(b"%PDF-", "application/pdf", "pdf")
_KINDS = (_PDF, _Kind(b"\xff\xd8\xff", "image/jpeg", "jpg"), _Kind(b"\x89PNG\r\n\x1a\n", "image/png", "png"))

MIME_TYPES = tuple(kind.mime for kind in _KINDS)
"""For the `accept` attribute of a file field."""

MEDIA_TYPE_OF = {kind.extension: kind.mime for kind in _KINDS}
"""File extension -> media type, of what is taken and of what the archive keeps."""

_NAME_LENGTH = 100
_NAMELESS = "vedlegg"
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"|?*]')
_SUFFIXES = re.compile(
    r"(\s*\.\s*(pdf|jpe?g|jpe|jfif|png|gif|webp|hei[cf]|tiff?|bmp|svgz?|x?html?|mht(ml)?|xml|js|mjs|vbs?|wsf|hta|php\d?"
    r"|exe|com|scr|pif|bat|cmd|ps1|msi|dll|lnk|url|jar|apk|sh|py|app|dmg|iso|img|zip|rar|7z|gz|tar|docx?|docm|xlsx?"
    r"|xlsm|pptx?|odt|ods|rtf|txt))+$",
    re.IGNORECASE,
)


def check_upload(upload: bytes | BinaryIO, filename: str, *, limits: UploadLimits = UploadLimits()) -> CheckedFile:
    """The uploaded file, if its content is a PDF, JPEG or PNG that opens; pictures come back written anew.

    Reads at most one byte more than the limit. Raises a subclass of UploadError.
    """
    stream = BytesIO(upload) if isinstance(upload, bytes) else upload
    data = stream.read(limits.max_bytes + 1)
    if not data:
        raise EmptyFile
    if len(data) > limits.max_bytes:
        raise FileTooLarge(limits.max_bytes)
    kind = next((kind for kind in _KINDS if data.startswith(kind.magic)), None)
    if kind is None:
        raise WrongFileType
    return CheckedFile(_read(data, kind, limits), kind.mime, kind.extension, clean_filename(filename, kind.extension))


def clean_filename(filename: str, extension: str) -> str:
    """The name without path, invisible and reserved characters, and with the one extension that is true."""
    name = unicodedata.normalize("NFC", filename.encode("utf-8", "replace").decode())
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    name = "".join(char for char in name if char == " " or unicodedata.category(char)[0] not in "CZ")
    name = _SUFFIXES.sub("", _FORBIDDEN_IN_NAMES.sub("_", " ".join(name.split())))
    return f"{name[:_NAME_LENGTH].strip(' .') or _NAMELESS}.{extension}"


def _read(data: bytes, kind: _Kind, limits: UploadLimits) -> bytes:
    try:
        if kind is _PDF:
            count_pdf_pages(data, limits.max_pages)
            return data
        return rewrite_picture(data, limits.max_pixels, limits.max_side)
    except Unreadable as unreadable:
        raise _refusal(unreadable.reason, limits) from None


def _refusal(reason: str, limits: UploadLimits) -> UploadError:
    if reason == "encrypted":
        return EncryptedPdf()
    if reason == "too many pages":
        return TooManyPages(limits.max_pages)
    if reason == "too many pixels":
        return TooManyPixels(limits.max_pixels)
    return DamagedFile()
