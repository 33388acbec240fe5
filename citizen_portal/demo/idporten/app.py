"""The demo provider's pages and endpoints."""

from collections.abc import Mapping
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import BaseWSGIServer, make_server

from citizen_portal import clock
from citizen_portal.demo.idporten import choices, tokens
from citizen_portal.demo.idporten.config import DemoClient, ProviderConfig
from citizen_portal.demo.idporten.state import IssuedCode, ProviderState, PushedRequest, SingleSignOn
from citizen_portal.demo.idporten.tokens import Refused
from citizen_portal.demo.registers.views import bp as registers

bp = Blueprint("provider", __name__)

_URN = "urn:ietf:params:oauth:request_uri:"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REQUIRED = ("response_type", "redirect_uri", "scope", "code_challenge", "state", "nonce")


def create_provider(config: ProviderConfig) -> Flask:
    """The provider as a WSGI application of its own."""
    app = Flask(__name__, static_url_path="/static")
    app.extensions["provider"] = (config, ProviderState())
    app.register_blueprint(bp)
    app.register_blueprint(registers)
    app.register_error_handler(Refused, _answer_refusal)
    app.after_request(_set_headers)
    return app


def serve(config: ProviderConfig, port: int, host: str = "127.0.0.1") -> BaseWSGIServer:
    """A threaded server for the provider, bound and not yet running: call its `serve_forever`."""
    return make_server(host, port, create_provider(config), threaded=True)


@bp.get("/.well-known/openid-configuration")
@bp.get("/.well-known/oauth-authorization-server")
def metadata() -> ResponseReturnValue:
    """What the provider is and where (OpenID Connect Discovery 1.0, RFC 8414)."""
    issuer = _config().issuer
    return jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        pushed_authorization_request_endpoint=f"{issuer}/par",
        require_pushed_authorization_requests=True,
        end_session_endpoint=f"{issuer}/logout",
        jwks_uri=f"{issuer}/jwks.json",
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code", _JWT_BEARER],
        subject_types_supported=["pairwise"],
        id_token_signing_alg_values_supported=["RS256"],
        code_challenge_methods_supported=["S256"],
        token_endpoint_auth_methods_supported=["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported=["RS256"],
        acr_values_supported=list(choices.LEVELS),
        ui_locales_supported=["nb", "nn", "en", "se"],
        prompt_values_supported=["login", "none"],
        scopes_supported=["openid", "profile"],
        frontchannel_logout_supported=True,
        frontchannel_logout_session_supported=True,
        authorization_response_iss_parameter_supported=True,
        claims_parameter_supported=False,
    )


@bp.get("/jwks.json")
def keys() -> ResponseReturnValue:
    """The public keys that sign its tokens."""
    public = _config().signing_key.as_dict(private=False)
    return jsonify(keys=[public | {"use": "sig", "alg": "RS256"}])


@bp.post("/par")
def push() -> ResponseReturnValue:
    """Take an authorization request from a client that proves itself (RFC 9126)."""
    form = request.form.to_dict()
    client = tokens.authenticated_client(_config(), _state(), form, request.base_url)
    missing = [name for name in _REQUIRED if not form.get(name)]
    if missing or form["response_type"] != "code" or "openid" not in form["scope"].split():
        raise Refused("invalid_request", f"missing or wrong: {' '.join(missing) or 'response_type or scope'}")
    if form.get("code_challenge_method") != "S256":
        raise Refused("invalid_request", "code_challenge_method must be S256")
    if not client.allows_redirect(form["redirect_uri"]):
        raise Refused("invalid_request", "redirect_uri is not registered")
    name = _state().pushed.put(PushedRequest(client.client_id, form))
    return jsonify(request_uri=_URN + name, expires_in=300), 201


@bp.get("/authorize")
def authorize() -> ResponseReturnValue:
    """Answer at once somebody who is logged in strongly enough; ask everybody else who they are."""
    pushed = _pushed(request.args)
    if pushed is None:
        return _page("stopped.html", {}), 400
    client = _client(pushed.client_id)
    prompt = pushed.parameters.get("prompt")
    session = _state().living_session(request.cookies.get(_cookie(client), ""), client.kind)
    if session and prompt != "login" and choices.is_enough(session.acr, pushed.parameters.get("acr_values")):
        return _answer_with_code(pushed, client, session, request.cookies[_cookie(client)])
    if prompt == "none":
        return _answer_with_error(pushed, "login_required")
    return _choose_page(pushed, client)


@bp.post("/authorize")
def choose() -> ResponseReturnValue:
    """Log in the chosen person, or take the browser back when they turned around."""
    pushed = _pushed(request.form)
    if pushed is None:
        return _page("stopped.html", {}), 400
    if "cancel" in request.form:
        return _answer_with_error(pushed, "access_denied")
    client = _client(pushed.client_id)
    person = choices.find(_config(), client, request.form.get("person", ""))
    acr = request.form.get("level", "")
    if person is None or acr not in choices.LEVELS:
        return _choose_page(pushed, client)
    return _answer_with_code(pushed, client, *_logged_in(client, person.key, acr))


@bp.post("/token")
def token() -> ResponseReturnValue:
    """Redeem a code, once; or give a machine its token."""
    form = request.form.to_dict()
    if form.get("grant_type") == _JWT_BEARER:
        return jsonify(tokens.machine_token(_config(), _state(), form.get("assertion", "")))
    client = tokens.authenticated_client(_config(), _state(), form, request.base_url)
    if form.get("grant_type") != "authorization_code":
        raise Refused("unsupported_grant_type", "authorization_code or jwt-bearer")
    code = _state().codes.take(form.get("code", ""))
    if code is None or not _is_bound_to(code, client, form):
        raise Refused("invalid_grant", "the code does not hold, or was used before")
    return jsonify(
        access_token=token_urlsafe(32),
        token_type="Bearer",  # noqa: S106  the name of a kind of token
        expires_in=tokens.TOKEN_SECONDS,
        id_token=tokens.id_token(_config(), client, code),
    )


@bp.route("/logout", methods=["GET", "POST"])
def end_session() -> ResponseReturnValue:
    """Log out here and at every site visited (OpenID Connect RP-Initiated and Front-Channel Logout 1.0)."""
    claims = tokens.hinted_claims(_config(), request.values.get("id_token_hint", ""))
    client = _config().client(str(claims["aud"])) if claims else None
    name = _state().sessions.find(str(claims["sid"])) if claims else None
    session = _state().sessions.take(name) if name else None
    target = request.values.get("post_logout_redirect_uri", "")
    context = {
        "frames": _frames(session) if session else [],
        "target": target if client and client.allows_return(target) else None,
    }
    response = _page("logged_out.html", context)
    if client:
        response.delete_cookie(_cookie(client))
    return response


def _config() -> ProviderConfig:
    config: ProviderConfig = current_app.extensions["provider"][0]
    return config


def _state() -> ProviderState:
    state: ProviderState = current_app.extensions["provider"][1]
    return state


def _client(client_id: str) -> DemoClient:
    client = _config().client(client_id)
    if client is None:
        raise Refused("invalid_client", "unknown client")
    return client


def _cookie(client: DemoClient) -> str:
    """Citizens and staff log in at what are two providers in real life: one session for each in a browser."""
    return f"demo-{client.kind}"


def _pushed(values: Mapping[str, str]) -> PushedRequest | None:
    pushed = _state().pushed.get(values.get("request_uri", "").removeprefix(_URN))
    return pushed if pushed and pushed.client_id == values.get("client_id") else None


def _is_bound_to(code: IssuedCode, client: DemoClient, form: dict[str, str]) -> bool:
    parameters = code.request.parameters
    challenge = create_s256_code_challenge(form.get("code_verifier", ""))  # type: ignore[no-untyped-call]  # stub
    return (
        code.request.client_id == client.client_id
        and parameters["redirect_uri"] == form.get("redirect_uri")
        and parameters["code_challenge"] == challenge
    )


def _choose_page(pushed: PushedRequest, client: DemoClient) -> Response:
    filtered = request.values.get("q", "").strip()
    context = {
        "client": client,
        "parameters": pushed.parameters,
        "request_uri": request.values["request_uri"],
        "levels": choices.levels(pushed.parameters.get("acr_values")),
        "chosen_level": request.values.get("level") or choices.usual_level(),
        "named": choices.named(_config(), client),
        "others": choices.others(_config(), client, filtered),
        "filter": filtered,
        "has_others": client.kind == "citizen",
    }
    return _page("choose.html", context, form_target=_origin(pushed.parameters["redirect_uri"]))


def _logged_in(client: DemoClient, person_key: str, acr: str) -> tuple[SingleSignOn, str]:
    """The session and cookie of somebody who has just logged in; a step up stays within the same session."""
    now = clock.now()
    cookie = request.cookies.get(_cookie(client), "")
    known = _state().living_session(cookie, client.kind)
    if known and known.person_key == person_key:
        return replace(known, acr=acr, authenticated_at=now, seen_at=now), cookie
    sid = token_urlsafe(24)
    session = SingleSignOn(sid, person_key, client.kind, acr, began_at=now, authenticated_at=now, seen_at=now)
    return session, _state().sessions.put(session)


def _answer_with_code(pushed: PushedRequest, client: DemoClient, session: SingleSignOn, cookie: str) -> Response:
    _forget(request.values["request_uri"])
    origin = _origin(pushed.parameters["redirect_uri"])
    session = _state().visit(cookie, session, client.client_id, origin)
    response = _send_back(pushed, {"code": _state().codes.put(IssuedCode(pushed, session))})
    response.set_cookie(_cookie(client), cookie, httponly=True, samesite="Lax")
    return response


def _answer_with_error(pushed: PushedRequest, error: str) -> Response:
    _forget(request.values["request_uri"])
    return _send_back(pushed, {"error": error})


def _send_back(pushed: PushedRequest, answer: dict[str, str]) -> Response:
    query = urlencode(answer | {"state": pushed.parameters["state"], "iss": _config().issuer})
    response = redirect(f"{pushed.parameters['redirect_uri']}?{query}", 303)
    assert isinstance(response, Response)  # noqa: S101  for the type checker
    return response


def _forget(request_uri: str) -> None:
    _state().pushed.take(request_uri.removeprefix(_URN))


def _frames(session: SingleSignOn) -> list[str]:
    query = urlencode({"iss": _config().issuer, "sid": session.sid})
    return [f"{origin}{_client(client_id).frontchannel_path}?{query}" for client_id, origin in sorted(session.visited)]


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _page(template: str, context: dict[str, Any], form_target: str = "") -> Response:
    response = Response(render_template(template, **context), mimetype="text/html")
    frames = " ".join(_origin(frame) for frame in context.get("frames", [])) or "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_target}; frame-src {frames}"
    )
    return response


def _answer_refusal(refused: Refused) -> ResponseReturnValue:
    status = 401 if refused.error == "invalid_client" else 400
    return jsonify(error=refused.error, error_description=refused.description), status


def _set_headers(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
