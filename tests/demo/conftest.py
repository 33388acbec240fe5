"""The demo provider, running."""

from collections.abc import Iterator

import pytest

from citizen_portal.config import Settings
from tests.login import RunningProvider, running_provider


@pytest.fixture(scope="session")
def provider(settings: Settings) -> Iterator[RunningProvider]:
    """The demo provider, on a loopback port."""
    with running_provider(settings) as running:
        yield running
