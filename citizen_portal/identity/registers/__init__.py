"""The national registers: who people are, for whom they act, and where they can be reached.

One of each per process, chosen by the settings. Without a population register (only outside production) nobody is asked
about and everybody stays as she was made known to us.
"""

from citizen_portal.config import Settings
from citizen_portal.identity.client_keys import KeyFile
from citizen_portal.identity.registers.freg import FregClient
from citizen_portal.identity.registers.http import register_client
from citizen_portal.identity.registers.krr import KrrClient
from citizen_portal.identity.registers.maskinporten_client import MaskinportenClient
from citizen_portal.identity.registers.port import ContactRegister, PopulationRegister

_population: PopulationRegister | None = None
_contacts: ContactRegister | None = None


def configure(settings: Settings) -> None:
    """Let this process ask the registers of the settings. Raises ConfigurationError when our key cannot be read."""
    use(None, None)
    issuer, client_id, jwk = (
        settings.maskinporten_issuer,
        settings.maskinporten_client_id,
        settings.maskinporten_private_jwk,
    )
    if not issuer or not client_id or not jwk:
        return
    http = register_client(settings)
    tokens = MaskinportenClient(issuer, client_id, KeyFile(client_id, jwk).signing_key, http)
    use(
        FregClient(settings.fiks_url, settings.fiks_accounts, tokens, http) if settings.fiks_url else None,
        KrrClient(settings.krr_url, tokens, http, is_delegated=settings.krr_delegated) if settings.krr_url else None,
    )


def use(population: PopulationRegister | None, contacts: ContactRegister | None) -> None:
    """Ask these."""
    global _population, _contacts
    _population, _contacts = population, contacts


def population_register() -> PopulationRegister | None:
    """The population register; None when the installation has none."""
    return _population


def contact_register() -> ContactRegister | None:
    """The contact register; None when the installation has none."""
    return _contacts
