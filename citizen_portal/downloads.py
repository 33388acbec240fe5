"""Hand a stored file to a browser, to be saved and never shown inside our pages."""

import unicodedata
from urllib.parse import quote

from flask import Response

from citizen_portal import storage


def send_stored(
    sha256: str,
    filename: str,
    mime: str,
    size_bytes: int | None = None,
    files: storage.MunicipalityFiles | None = None,
) -> Response:
    """The file of the current municipality, in pieces, with its size if that is given. Raises storage.MissingFile."""
    response = Response((files or storage.files()).open(sha256), mimetype=mime)
    if size_bytes is not None:
        response.content_length = size_bytes
    response.headers["Content-Disposition"] = as_attachment(filename)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


def as_attachment(filename: str) -> str:
    """The Content-Disposition of a file to be saved under a name with any letters (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = "".join(char for char in plain if char.isalnum() or char in " ._-()") or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
