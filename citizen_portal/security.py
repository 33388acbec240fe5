"""What every response carries and every request passes: CSP, headers, CSRF, rate limits."""

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from werkzeug.datastructures import Headers
from werkzeug.exceptions import LengthRequired

from citizen_portal.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, default_limits=["600 per minute"], storage_uri="memory://", headers_enabled=False)
"""Counts per process: a limit of 600 lets through at most 600 × the number of web processes."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What every answer carries, whatever it is."""
_NOT_A_PAGE = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY"}

MOST_FORM_BYTES: Final = 1_500_000
"""The largest form without files: a hundred thousand emoji, of twelve bytes each. A form is read whole into memory."""


FORM_WITH_FILES: Final = 4
"""How many times the largest request a form may be in which several large files come with what was typed."""
_FORM_WITH_FILES: Final = "portal_form_with_files"


def reads_large_files(view: View) -> View:
    """Let the view read files that are too large, so that it can say so and keep what was typed beside them."""
    setattr(view, _FORM_WITH_FILES, True)
    return view


def csp_nonce() -> str:
    """The nonce of this response's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def local_path(path: str | None) -> str:
    """The path if it stays on this site, else the front page. Keeps redirects from leading away (open redirect)."""
    if (
        not path
        or not path.startswith("/")
        or path.startswith(("//", "/\\"))
        or any(c < " " or c == "\\" for c in path)
    ):
        return "/"
    return path


def allow_framing_by(origin: str) -> None:
    """Let pages of `origin` show this response in a frame: the front-channel logout needs it."""
    g.frame_ancestors = origin


def allow_forms_to(*origins: str) -> None:
    """Let forms on this page be sent to other sites: the logout at the login provider needs it."""
    g.form_targets = "".join(f" {origin}" for origin in sorted(origins))


def init_app(app: Flask, settings: Settings) -> None:
    """Set cookies, CSRF, rate limits and headers for the whole application."""
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME="__Host-form" if settings.https else "form",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the login session: a form left open keeps working
        WTF_CSRF_SSL_STRICT=settings.https,
        RATELIMIT_ENABLED=settings.environment != "test",
    )
    app.before_request(_limit_body)  # before the form token is looked for, which reads the form
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_add_headers)
    app.config["PORTAL_HTTPS"] = settings.https


def guard_every_answer(application: "WSGIApplication") -> "WSGIApplication":
    """The application with the security headers also on what is answered before Flask is asked: front-end files."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        def start(status: str, fields: list[tuple[str, str]], *error: Any) -> Any:
            headers = Headers(fields)
            headers.update(ALWAYS if "Content-Security-Policy" in headers else ALWAYS | _NOT_A_PAGE)
            if environ["wsgi.url_scheme"] == "https":
                headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
            return start_response(status, headers.to_wsgi_list(), *error)

        return application(environ, start)

    return answer


def _limit_body() -> None:
    """Refuse what no browser of ours sends. Raises LengthRequired (411); reading too much raises 413."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise LengthRequired  # werkzeug would cut it off at the limit, and take what is left for the whole
    if request.mimetype != "multipart/form-data":
        request.max_content_length = MOST_FORM_BYTES
    elif getattr(current_app.view_functions.get(request.endpoint or ""), _FORM_WITH_FILES, False):
        request.max_content_length = current_app.config["MAX_CONTENT_LENGTH"] * FORM_WITH_FILES


def _content_security_policy() -> str:
    frame_ancestors = g.get("frame_ancestors", "'none'")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{csp_nonce()}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'" + g.get("form_targets", ""),
            f"frame-ancestors {frame_ancestors}",
        )
    )


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _content_security_policy())
    if "frame_ancestors" not in g:
        response.headers["X-Frame-Options"] = "DENY"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
