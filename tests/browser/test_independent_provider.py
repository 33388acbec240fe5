"""Login at a provider that is not ours: npm's `oidc-provider`, set up as ID-porten, with no change to the portal."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser

from citizen_portal import db
from citizen_portal.app import create_app
from citizen_portal.config import Settings
from citizen_portal.demo.people import named_citizens
from citizen_portal.identity.models import LoginSession
from citizen_portal.identity.queries import person_by_national_id
from citizen_portal.tenancy.models import Municipality
from tests.browser.independent import independent_provider
from tests.browser.serving import NO_WORKER, serving
from tests.ports import free_port

pytestmark = pytest.mark.browser


@pytest.fixture
def ports() -> tuple[int, int]:
    """A port for the portal and one for the provider."""
    return free_port(), free_port()


@pytest.fixture
def provider(settings: Settings, ports: tuple[int, int], tmp_path: Path) -> Iterator[str]:
    """The independent provider, running; its issuer."""
    portal_port, provider_port = ports
    origin = f"http://ringebu.localhost:{portal_port}"
    kari = named_citizens()[0]
    key = RSAKey.import_key(json.loads(settings.idporten_private_jwk.read_text()))
    config = {
        "port": provider_port,
        "client_id": settings.idporten_client_id,
        "public_jwk": key.as_dict(private=False) | {"use": "sig", "alg": "RS256"},
        "redirect_uris": [f"{origin}/logg-inn/svar"],
        "post_logout_redirect_uris": [f"{origin}/logget-ut"],
        "person": {
            "pid": kari.national_id,
            "given_name": kari.given_name,
            "family_name": kari.family_name,
            "locale": "nb",
        },
    }
    with independent_provider(config, tmp_path) as issuer:
        yield issuer


@pytest.fixture
def trusting_portal(settings: Settings, provider: str, ports: tuple[int, int]) -> Iterator[str]:
    """The portal, served over HTTP and told of the provider by its settings alone; its address in Ringebu."""
    app: Flask = create_app(settings.model_copy(update={"idporten_issuer": provider}))
    with serving(app, ports[0]):
        yield f"http://ringebu.localhost:{ports[0]}"


def test_kari_logs_in_and_out_at_a_provider_that_we_did_not_write(
    in_ringebu: Municipality, trusting_portal: str, provider: str, browser: Browser
) -> None:
    page = browser.new_context(**NO_WORKER, locale="nb-NO").new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{trusting_portal}/logg-inn?niva=high&neste=/logget-ut")
    assert page.url.startswith(f"{provider}/choose/")
    page.get_by_role("button", name="Log in as Kari").click()
    page.wait_for_url(f"{trusting_portal}/logget-ut")
    with db.read_only() as session:
        kari = person_by_national_id(session, named_citizens()[0].national_id)
        login = session.query(LoginSession).one()
    assert kari is not None
    assert (login.person_id, login.acr, login.issuer) == (kari.id, "idporten-loa-high", provider)

    page.locator("form[action='/logg-ut'] button").first.evaluate("button => button.form.requestSubmit()")
    page.wait_for_url(f"{provider}/**")
    with db.read_only() as session:
        assert session.query(LoginSession).count() == 0  # here first, whatever happens there
    page.locator("button[name=logout]").first.click()
    page.wait_for_url(f"{trusting_portal}/logget-ut**")
    assert page.locator("h1").inner_text() == "Du er logget ut"

    page.goto(f"{trusting_portal}/logg-inn")
    assert page.url.startswith(f"{provider}/choose/")  # asked again: the session there is gone too
    page.context.close()
