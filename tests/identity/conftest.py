"""A portal that trusts a running demo provider."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from citizen_portal.config import Settings
from tests.conftest import as_new, strict_app
from tests.login import Browser, RunningProvider, running_provider


@pytest.fixture(scope="session")
def provider(settings: Settings) -> Iterator[RunningProvider]:
    """The demo provider, on a loopback port; browsers of different tests share nothing there."""
    with running_provider(settings) as running:
        yield running


@pytest.fixture(scope="session")
def _one_trusting_app(provider: RunningProvider) -> Flask:
    return strict_app(provider.settings)


@pytest.fixture
def trusting_app(_one_trusting_app: Flask, connected: None, provider: RunningProvider) -> Flask:
    """The portal, with that provider for everybody."""
    return as_new(_one_trusting_app, provider.settings)


@pytest.fixture
def browser(trusting_app: Flask) -> Iterator[Callable[..., Browser]]:
    """`browser()` opens a browser in Ringebu; `browser("nord-fron.localhost")` in the neighbour's."""
    opened: list[Browser] = []

    def open_browser(host: str = "ringebu.localhost") -> Browser:
        opened.append(Browser(trusting_app, host))
        return opened[-1]

    yield open_browser
    for one in opened:
        one.close()
