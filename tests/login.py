"""A browser that logs in: the portal's test client on one side, a running demo provider on the other."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from flask import Flask
from werkzeug.test import TestResponse

from citizen_portal.config import Settings
from citizen_portal.demo import idporten
from citizen_portal.demo.idporten import ProviderConfig
from tests.reading import Page, StrictClient

ORIGINS = ("http://ringebu.localhost", "https://ringebu.localhost", "http://nord-fron.localhost")


@dataclass(frozen=True)
class RunningProvider:
    """A demo provider on a loopback port, and the settings of a portal that trusts it."""

    config: ProviderConfig
    settings: Settings


@cache
def _keys(folder: Path) -> None:
    for name in ("provider", "citizen-client", "staff-client", "care-record"):
        idporten.demo_key(folder, name)


@contextmanager
def running_provider(settings: Settings, origins: tuple[str, ...] = ORIGINS) -> Iterator[RunningProvider]:
    """Run the demo provider in a thread for the block."""
    _keys(settings.instance)
    config = idporten.demo_provider_config(settings, "http://127.0.0.1:0", origins)
    server = idporten.serve(config, 0)
    issuer = f"http://127.0.0.1:{server.port}"
    config = replace(config, issuer=issuer)
    server.app = idporten.create_provider(config)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield RunningProvider(config, trusting(settings, issuer))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def trusting(settings: Settings, issuer: str) -> Settings:
    """The settings with the provider for citizens, staff and machines."""
    return settings.model_copy(
        update={
            "idporten_issuer": issuer,
            "idporten_private_jwk": idporten.config.demo_key_path(settings.instance, "citizen-client"),
            "staff_oidc_issuer": issuer,
            "staff_oidc_private_jwk": idporten.config.demo_key_path(settings.instance, "staff-client"),
            "maskinporten_issuers": (issuer,),
        }
    )


class Browser:
    """One person's browser, with the cookies of the portal and of the provider."""

    def __init__(self, app: Flask, host: str = "ringebu.localhost") -> None:
        client = app.test_client()
        assert isinstance(client, StrictClient)
        client.base_url = f"http://{host}"
        self.portal = client
        self.provider = httpx.Client(follow_redirects=False)

    def ask_to_log_in(self, path: str = "/logg-inn") -> str:
        """Follow the portal's login link; the address at the provider that it leads to."""
        response = self.portal.get(path)
        assert response.status_code == 303, response.text
        return response.location

    def choose(self, address: str, person: str, level: str = "idporten-loa-high") -> str:
        """Choose a person on the provider's page; the address of the portal that the provider answers with."""
        page = self.provider.get(address)
        if page.status_code == 303:  # logged in there already
            return page.headers["location"]
        assert page.status_code == 200, page.text
        answer = self.provider.post(
            urlsplit(address)._replace(query="").geturl(),
            data=_hidden(page.text) | {"person": person, "level": level},
        )
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def return_to(self, address: str) -> TestResponse:
        """Open the portal at the address that the provider answered with."""
        parts = urlsplit(address)
        return self.portal.get(f"{parts.path}?{parts.query}", base_url=f"{parts.scheme}://{parts.netloc}")

    def log_in(self, person: str, path: str = "/logg-inn", level: str = "idporten-loa-high") -> TestResponse:
        """All of it."""
        return self.return_to(self.choose(self.ask_to_log_in(path), person, level))

    def log_out(self) -> TestResponse:
        """Press the log-out button, on whatever page shows it."""
        page = Page(self.portal.get("/logget-ut").text)
        return self.portal.post("/logg-ut", data=page.form("/logg-ut"))

    def close(self) -> None:
        """Close the connections to the provider."""
        self.provider.close()


def _hidden(html: str) -> dict[str, Any]:
    form = html.partition('id="choose"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
