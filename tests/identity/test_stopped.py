"""Whoever is not let in is told why and what to do, in her own language."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask

from citizen_portal import db
from citizen_portal.identity.errors import LoginError
from citizen_portal.identity.models import LoginSession
from citizen_portal.identity.stopped import EXPLANATIONS
from citizen_portal.tenancy.models import Municipality
from tests.login import Browser, RunningProvider
from tests.reading import Page

OpenBrowser = Callable[..., Browser]

PAGES = {
    "access_denied": (200, "Du avbrøt innloggingen"),
    "login_required": (200, "Innloggingen trenger deg"),
    "interaction_required": (200, "Innloggingen trenger deg"),
    "consent_required": (200, "Innloggingen trenger deg"),
    "temporarily_unavailable": (503, "Innloggingen virker ikke akkurat nå"),
    "server_error": (503, "Innloggingen virker ikke akkurat nå"),
    "invalid_request": (503, "Innloggingen er ikke satt opp riktig"),
    "invalid_scope": (503, "Innloggingen er ikke satt opp riktig"),
    "unauthorized_client": (503, "Innloggingen er ikke satt opp riktig"),
    "unsupported_response_type": (503, "Innloggingen er ikke satt opp riktig"),
    "invalid_client": (503, "Innloggingen er ikke satt opp riktig"),
    "noe_helt_nytt": (400, "Innloggingstjenesten sa nei"),
    "<script>alert(1)</script>": (400, "Innloggingstjenesten sa nei"),
    "x" * 3000: (400, "Innloggingstjenesten sa nei"),
}


def _error_answer(browser: Browser, error: str) -> str:
    """The address that the provider would answer with."""
    address = browser.ask_to_log_in()
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = browser.provider.post(address.partition("?")[0], data=query | {"cancel": "1"}).headers["location"]
    parts = urlsplit(answer)
    changed = {name: values[0] for name, values in parse_qs(parts.query).items()} | {"error": error}
    return parts._replace(query=urlencode(changed)).geturl()


@pytest.mark.parametrize("error", PAGES)
def test_each_way_that_the_provider_says_no_has_its_page(
    in_ringebu: Municipality, browser: OpenBrowser, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    karis = browser()
    response = karis.return_to(_error_answer(karis, error))
    status, words = PAGES[error]
    assert (response.status_code, Page(response.text).h1) == (status, words)
    assert (response.headers.get("Retry-After") == "120") == (status == 503)
    assert "script>alert" not in response.text
    assert "tel:61283000" in response.text
    assert "script" not in caplog.text
    with db.read_only() as session:
        assert session.query(LoginSession).count() == 0


def test_when_the_login_is_down_the_page_says_how_else_to_reach_the_municipality(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    karis = browser()
    page = Page(karis.return_to(_error_answer(karis, "server_error")).text)
    for channel in ("61 28 30 00", "post@ringebu.kommune.example", "Hanstadgata 4", "2630 Ringebu"):
        assert channel in page.text


@pytest.mark.parametrize("kind", EXPLANATIONS, ids=lambda kind: kind.__name__)
def test_every_explanation_is_in_every_language(
    in_ringebu: Municipality, trusting_app: Flask, provider: RunningProvider, kind: type[LoginError]
) -> None:
    seen = set()
    for language in ("nb", "nn", "en", "se"):
        with trusting_app.test_request_context("/", base_url="http://ringebu.localhost") as context:
            trusting_app.preprocess_request()
            context.request.cookies = {"language": language}
            seen.add(str(EXPLANATIONS[kind].text))
    assert len(seen) == 4
