"""Digdir's verification tests for a client of ID-porten, in a browser, at the demo's provider and an independent one.

The names follow Digdir's list: 1 single logout, 3 single sign-on, 4 level high, 5 step up, 6 own logout, 7 logout
elsewhere, 8 half an hour without use, 9 forced login, 10 on behalf of, 11 language.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.app import create_app
from citizen_portal.config import Settings
from citizen_portal.demo.people import named_citizens
from citizen_portal.identity.models import LoginSession
from citizen_portal.tenancy.models import Municipality
from tests.browser.independent import independent_provider
from tests.browser.serving import NO_WORKER, serving
from tests.login import running_provider
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HOSTS = ("ringebu", "nord-fron")


@dataclass(frozen=True)
class Place:
    """A provider that runs, the settings of a portal that trusts it, and the portal's port."""

    kind: str
    settings: Settings
    port: int

    @property
    def issuer(self) -> str:
        """Where the provider is."""
        return self.settings.idporten_issuer

    def at(self, host: str, path: str = "") -> str:
        """The address of a municipality's page."""
        return f"http://{host}.localhost:{self.port}{path}"


@contextmanager
def _independent(settings: Settings, port: int, folder: Path) -> Iterator[Settings]:
    provider_port, kari = free_port(), named_citizens()[0]
    origins = [f"http://{host}.localhost:{port}" for host in HOSTS]
    key = RSAKey.import_key(json.loads(settings.idporten_private_jwk.read_text()))
    config = {
        "port": provider_port,
        "client_id": settings.idporten_client_id,
        "public_jwk": key.as_dict(private=False) | {"use": "sig", "alg": "RS256"},
        "redirect_uris": [f"{origin}/logg-inn/svar" for origin in origins],
        "post_logout_redirect_uris": [f"{origin}/logget-ut" for origin in origins],
        "frontchannel_logout_uris": [f"{origin}/logg-ut/fra-id-porten" for origin in origins],
        "person": {"pid": kari.national_id, "given_name": kari.given_name, "family_name": kari.family_name},
    }
    with independent_provider(config, folder) as issuer:
        yield settings.model_copy(update={"idporten_issuer": issuer})


@pytest.fixture(scope="module", params=["demo", "independent"])
def place(
    request: pytest.FixtureRequest, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Each provider in turn, once for all tests: their browsers share nothing."""
    port = free_port()
    with ExitStack() as stack:
        if request.param == "demo":
            origins = tuple(f"http://{host}.localhost:{port}" for host in HOSTS)
            trusting = stack.enter_context(running_provider(settings, origins)).settings
        else:
            trusting = stack.enter_context(_independent(settings, port, tmp_path_factory.mktemp("independent")))
        yield Place(request.param, trusting, port)


@pytest.fixture
def kari(place: Place, in_ringebu: Municipality, nord_fron: Municipality, browser: Browser) -> Iterator["Visitor"]:
    """Kari's browser, with the portal served."""
    with serving(create_app(place.settings), place.port):
        context = browser.new_context(**NO_WORKER, locale="nb-NO")
        context.set_default_timeout(10_000)
        yield Visitor(place, context, context.new_page())
        context.close()


@dataclass
class Visitor:
    """Kari at her screen."""

    place: Place
    context: BrowserContext
    page: Page

    def opens(self, path: str, host: str = "ringebu") -> None:
        """Type an address of the portal."""
        self.page.goto(self.place.at(host, path))

    @property
    def is_asked_who_she_is(self) -> bool:
        """Whether the provider waits for an answer."""
        return self.page.url.startswith(self.place.issuer)

    def answers(self, *, high: bool = False, host: str = "ringebu") -> None:
        """Say who she is; at the demo's provider she chooses how strongly, the other gives what is asked for."""
        assert self.is_asked_who_she_is, self.page.url
        if self.place.kind == "demo":
            self.page.get_by_label("Høyt" if high else "Betydelig").check(force=True)
            self.page.get_by_role("button", name="Kari Moen").click()
        else:
            self.page.get_by_role("button", name="Log in as Kari").click()
        self.page.wait_for_url(self.place.at(host, "/**"))

    def logs_in(self, *, high: bool = False, host: str = "ringebu") -> None:
        """Open a page that needs a login, and log in."""
        self.opens(f"/logg-inn?neste=/min-side{'&niva=high' if high else ''}", host)
        self.answers(high=high, host=host)
        assert self.path == "/min-side"

    def logs_out(self, host: str = "ringebu") -> None:
        """Press the button, and finish at the provider."""
        self.page.locator("form[action='/logg-ut'] button").first.evaluate("button => button.form.requestSubmit()")
        self.page.wait_for_url(f"{self.place.issuer}/**")
        if self.place.kind == "independent":
            self.page.wait_for_load_state("networkidle")  # its frames
            self.page.get_by_role("button", name="Log out").click()
        self.page.wait_for_url(self.place.at(host, "/logget-ut**"))

    @property
    def path(self) -> str:
        """Where she is."""
        return urlsplit(self.page.url).path


def _logins(municipality: Municipality) -> list[LoginSession]:
    with db.as_municipality(municipality.id), db.read_only() as session:
        return list(session.query(LoginSession))


def test_1_who_logs_out_in_ringebu_is_out_in_nord_fron(
    kari: Visitor, in_ringebu: Municipality, nord_fron: Municipality
) -> None:
    kari.logs_in()
    kari.opens("/min-side", "nord-fron")
    assert len(_logins(nord_fron)) == 1
    kari.opens("/min-side")
    kari.logs_out()
    assert _logins(in_ringebu) == _logins(nord_fron) == []


def test_3_who_is_logged_in_in_ringebu_comes_into_nord_fron_without_a_question(
    kari: Visitor, nord_fron: Municipality
) -> None:
    kari.logs_in()
    kari.opens("/min-side", "nord-fron")
    assert kari.path == "/min-side"
    assert [login.acr for login in _logins(nord_fron)] == ["idporten-loa-substantial"]


def test_4_a_login_at_level_high_is_known_as_one(kari: Visitor, in_ringebu: Municipality) -> None:
    kari.logs_in(high=True)
    assert [login.acr for login in _logins(in_ringebu)] == ["idporten-loa-high"]


def test_5_kari_steps_up_in_the_middle_of_a_form_and_loses_nothing(kari: Visitor, in_ringebu: Municipality) -> None:
    kari.logs_in()
    [weak] = _logins(in_ringebu)
    kari.page.evaluate(
        """() => {
          const form = document.createElement("form");
          form.method = "post";
          form.action = "/min-side/besok/bytt";
          form.innerHTML = '<input name="csrf_token" type="hidden"><textarea name="body"></textarea>';
          form.csrf_token.value = document.querySelector("[name=csrf_token]").value;
          form.body.value = "Mor har falt to ganger\\nog trenger hjelp";
          document.body.append(form);
          form.submit();
        }"""
    )
    kari.page.get_by_text("Vi har tatt vare på det du skrev").wait_for()
    kari.page.locator("main").get_by_role("link", name="Logg inn").click()
    kari.answers(high=True)
    assert kari.path.startswith("/fortsett/")
    kari.page.get_by_text("Mor har falt to ganger").wait_for()
    assert kari.page.locator("h1").inner_text() == "Du er logget inn igjen"
    [strong] = _logins(in_ringebu)
    assert (strong.acr, strong.person_id) == ("idporten-loa-high", weak.person_id)
    assert strong.id != weak.id
    with kari.page.expect_request("**/min-side/besok/bytt") as sent:
        kari.page.get_by_role("button", name="Fortsett").click()
    assert "Mor har falt to ganger" in (sent.value.post_data_buffer or b"").decode()


def test_6_who_logs_out_is_asked_who_she_is_next_time(kari: Visitor, in_ringebu: Municipality) -> None:
    kari.logs_in()
    kari.logs_out()
    assert _logins(in_ringebu) == []
    assert kari.page.locator("h1").inner_text() == "Du er logget ut"
    kari.opens("/min-side")
    assert kari.is_asked_who_she_is


def test_7_who_logs_out_elsewhere_is_out_here(kari: Visitor, in_ringebu: Municipality) -> None:
    kari.logs_in()
    here = kari.page
    kari.page = kari.context.new_page()
    kari.opens("/min-side", "nord-fron")
    kari.logs_out("nord-fron")
    assert _logins(in_ringebu) == []
    kari.page = here
    kari.page.reload()
    assert kari.is_asked_who_she_is


def test_8_half_an_hour_without_use_ends_the_login(kari: Visitor, in_ringebu: Municipality) -> None:
    kari.logs_in()
    [first] = _logins(in_ringebu)
    with db.transaction() as session:
        session.get_one(LoginSession, (in_ringebu.id, first.id)).last_seen_at = clock.now() - timedelta(minutes=31)
    kari.context.clear_cookies(domain="127.0.0.1")  # the provider's half hour is over too
    kari.opens("/min-side")
    assert kari.is_asked_who_she_is
    kari.answers()
    assert kari.path == "/min-side"
    assert [login.id for login in _logins(in_ringebu)] != [first.id]


def test_9_a_forced_login_asks_though_she_is_logged_in(kari: Visitor, in_ringebu: Municipality) -> None:
    kari.logs_in()
    kari.opens("/logg-inn?neste=/min-side&paa-nytt=1")
    kari.answers()
    assert kari.path == "/min-side"
    assert len(_logins(in_ringebu)) == 1


def test_10_a_suppliers_client_asks_on_behalf_of_the_municipality(
    kari: Visitor, in_ringebu: Municipality, owner_session: Session
) -> None:
    owner_session.get_one(Municipality, in_ringebu.id).onbehalfof = "ringebu"
    owner_session.commit()
    kari.opens("/logg-inn?neste=/min-side")
    kari.page.get_by_text(re.compile("(På vegne av|On behalf of) ringebu")).wait_for()
    kari.answers()
    assert kari.path == "/min-side"


def test_11_the_provider_is_asked_in_her_language(kari: Visitor) -> None:
    for language in ("nb", "nn", "en", "se"):
        kari.context.add_cookies([{"name": "language", "value": language, "url": kari.place.at("ringebu")}])
        kari.opens("/logg-inn")
        assert kari.page.locator(f"form[data-ui-locales='{language}']").count() == 1
