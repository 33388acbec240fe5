"""The one table from error to status and page. Machines get problem+json (RFC 9457)."""

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask, Response, current_app, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException

from citizen_portal.auth.guards import permission_of
from citizen_portal.errors import (
    AssuranceTooLow,
    Conflict,
    DomainError,
    Forbidden,
    LoginNotFresh,
    NotFound,
    NotLoggedIn,
)
from citizen_portal.identity.errors import InvalidToken, IssuerUnavailable, WrongMunicipality

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
    app.register_error_handler(DomainError, _answer_domain_error)
    app.register_error_handler(CSRFError, lambda _error: error_page(400))
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
    return request.path.startswith("/api/")


def _ask_to_log_in(error: DomainError) -> ResponseReturnValue:
    if _is_machine():
        response = problem(401, "Unauthorized", "A bearer token is needed.")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    if "HX-Request" in request.headers:  # the page stays as it is; the next full request explains
        return Response(status=401)
    permission = permission_of(current_app, request.endpoint) if request.endpoint else None
    is_staff = permission is not None and permission.audience == "staff"
    wanted = {"neste": request.full_path.rstrip("?") if _can_be_shown() else "/ansatt" if is_staff else "/min-side"}
    if isinstance(error, AssuranceTooLow):
        wanted["niva"] = "high"
    if isinstance(error, LoginNotFresh):
        wanted["fersk"] = "1"
    path = "/ansatt/logg-inn" if is_staff else "/logg-inn"
    login = f"{path}?{urlencode(wanted)}"
    held = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    if held:
        return render_template("errors/log_in_again.html", login=login, held=held), 401
    return redirect(login, 303)


def _can_be_shown() -> bool:
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(request.path, method="GET")


def _answer_domain_error(error: DomainError) -> ResponseReturnValue:
    response = make_response(error_page(status_of(error)))
    if _is_machine() and type(error) in BEARER_ERRORS:
        response.headers["WWW-Authenticate"] = BEARER_ERRORS[type(error)]
    return response


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    return error_page(error.code)


def _answer_unexpected(error: Exception) -> ResponseReturnValue:
    reference = uuid4().hex[:12]
    current_app.logger.exception("unexpected error %s", reference)
    if current_app.testing:
        raise error
    return error_page(500, reference)
