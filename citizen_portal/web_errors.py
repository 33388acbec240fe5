"""The one table from error to status and page. Machines get problem+json (RFC 9457)."""

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException

from citizen_portal.auth.guards import current_actor, permission_of
from citizen_portal.auth.roles import audience_of
from citizen_portal.errors import (
    AssuranceTooLow,
    Conflict,
    DomainError,
    Forbidden,
    LoginNotFresh,
    NotFound,
    NotLoggedIn,
)
from citizen_portal.identity.errors import InvalidToken, IssuerUnavailable, ReasonNeeded, WrongMunicipality
from citizen_portal.identity.held_form_views import has_files, hold_typed, is_from_our_page, typed
from citizen_portal.journal.scans.errors import FileInQuarantine, FileWaitsForScan
from citizen_portal.visits.fhir.views import answer_unknown_address

BEARER_ERRORS: dict[type[DomainError], str] = {
    InvalidToken: 'Bearer error="invalid_token"',
    WrongMunicipality: 'Bearer error="insufficient_scope"',
    Forbidden: 'Bearer error="insufficient_scope"',
}
"""What RFC 6750 section 3.1 lets a machine know about its token."""

STATUS_OF: dict[type[DomainError], int] = {
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    NotLoggedIn: 401,
    AssuranceTooLow: 403,
    LoginNotFresh: 403,
    InvalidToken: 401,
    WrongMunicipality: 403,
    IssuerUnavailable: 503,
    DomainError: 422,
}


def init_app(app: Flask) -> None:
    """Answer every error with its own page."""
    app.register_error_handler(NotLoggedIn, _ask_to_log_in)
    app.register_error_handler(AssuranceTooLow, _ask_to_log_in)
    app.register_error_handler(LoginNotFresh, _ask_to_log_in)
    app.register_error_handler(ReasonNeeded, _ask_for_reason)
    app.register_error_handler(FileWaitsForScan, _say_not_open)
    app.register_error_handler(FileInQuarantine, _say_not_open)
    app.register_error_handler(DomainError, _answer_domain_error)
    app.register_error_handler(CSRFError, _answer_stale_form)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_unexpected)


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error: its own, or that of the nearest class above it."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def problem(status: int, title: str, detail: str | None = None, **extensions: object) -> Response:
    """An `application/problem+json` answer. Never put a personal identifier into it."""
    body = {"type": "about:blank", "title": title, "status": status, "instance": request.path, **extensions}
    if detail:
        body["detail"] = detail
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def error_page(status: int, reference: str | None = None) -> ResponseReturnValue:
    """The plain page of a status, or a problem for machines."""
    if _is_machine():
        return problem(status, HTTPStatus(status).phrase, **({"traceId": reference} if reference else {}))
    if isinstance(request.routing_exception, BadHost):  # links cannot be made on what is no host name
        return Response(HTTPStatus(status).phrase, status, mimetype="text/plain")
    return render_template("errors/error.html", status=status, reference=reference), status


def _is_machine() -> bool:
    """Whether a program reads the answer: another system, or a script of one of our own pages."""
    return _is_api() or request.is_json


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _ask_to_log_in(error: DomainError) -> ResponseReturnValue:
    if _is_machine():
        response = problem(401, "Unauthorized", "A bearer token is needed." if _is_api() else None)
        if _is_api():
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
    if "HX-Request" in request.headers:  # the page stays as it is; the next full request explains
        return Response(status=401)
    audience = _audience()
    held_at = hold_typed(audience)
    home = "/ansatt" if audience == "staff" else "/min-side"
    wanted = {"neste": held_at or (request.full_path.rstrip("?") if _can_be_shown() else home)}
    if isinstance(error, AssuranceTooLow):
        wanted["niva"] = "high"
    if isinstance(error, LoginNotFresh):
        wanted["fersk"] = "1"
    login = f"{'/ansatt' if audience == 'staff' else ''}/logg-inn?{urlencode(wanted)}"
    if request.method in ("GET", "HEAD"):
        return redirect(login, 303)
    return _log_in_first(error, login, is_kept=held_at is not None)


def _log_in_first(error: DomainError, login: str, *, is_kept: bool) -> ResponseReturnValue:
    """A page between a form and the provider: our policy lets no browser follow a form to another site."""
    is_too_weak = isinstance(error, AssuranceTooLow)
    page = render_template(
        "errors/log_in_again.html",
        login=login,
        is_too_weak=is_too_weak,
        is_kept=is_kept,
        held=[] if is_kept else typed(),
        had_files=has_files(),
    )
    return page, 403 if is_too_weak else 401


def _answer_stale_form(_error: CSRFError) -> ResponseReturnValue:
    """The form's token is from before a login in another tab: what was typed is shown again with a new one."""
    permission = permission_of(current_app, request.endpoint) if request.endpoint else None
    if permission is None or not typed() or not is_from_our_page() or "HX-Request" in request.headers:
        return error_page(400)
    actor = current_actor()
    held_at = hold_typed(permission.audience) if actor and audience_of(actor) == permission.audience else None
    return redirect(held_at, 303) if held_at else _ask_to_log_in(NotLoggedIn())


def _audience() -> str:
    """Whom the page of this request is for."""
    permission = permission_of(current_app, request.endpoint) if request.endpoint else None
    return "staff" if permission and permission.audience == "staff" else "citizen"


def _ask_for_reason(error: ReasonNeeded) -> ResponseReturnValue:
    """Say why first; what was typed meanwhile waits in the page."""
    held = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    if held and "HX-Request" not in request.headers:
        where = url_for("access.reason", person_id=error.person_id)
        return render_template("access/staff_reason_again.html", where=where, held=held), 403
    wanted = request.full_path.rstrip("?") if _can_be_shown() else None
    return redirect(url_for("access.reason", person_id=error.person_id, neste=wanted), 303)


def _can_be_shown() -> bool:
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(request.path, method="GET")


def _answer_domain_error(error: DomainError) -> ResponseReturnValue:
    response = make_response(error_page(status_of(error)))
    if _is_api() and type(error) in BEARER_ERRORS:
        response.headers["WWW-Authenticate"] = BEARER_ERRORS[type(error)]
    return response


def _say_not_open(error: FileWaitsForScan | FileInQuarantine) -> ResponseReturnValue:
    """Instead of a stored file: why it does not open, and what to do."""
    return render_template("errors/file_not_open.html", is_infected=isinstance(error, FileInQuarantine)), 409


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    if error.code in (404, 405) and request.path.startswith("/api/fhir/"):
        return answer_unknown_address(error.code)
    return error_page(error.code)


def _answer_unexpected(error: Exception) -> ResponseReturnValue:
    reference = uuid4().hex[:12]
    current_app.logger.exception("unexpected error %s", reference)
    if current_app.testing:
        raise error
    return error_page(500, reference)
