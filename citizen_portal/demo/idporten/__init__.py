"""A small real OpenID provider for the demo and the tests: ID-porten, a staff login and Maskinporten behind one issuer.

It keeps the rules that the real ones keep (pushed requests, PKCE, private_key_jwt, single use of everything, logout of
all) and knows synthetic people only. It runs in a process of its own and forgets everything when it stops.
"""

from citizen_portal.demo.idporten.app import create_provider, serve
from citizen_portal.demo.idporten.config import (
    CARE_RECORD_CLIENT,
    DemoClient,
    DemoMachine,
    ProviderConfig,
    demo_key,
    demo_provider_config,
)

__all__ = [
    "CARE_RECORD_CLIENT",
    "DemoClient",
    "DemoMachine",
    "ProviderConfig",
    "create_provider",
    "demo_key",
    "demo_provider_config",
    "serve",
]
