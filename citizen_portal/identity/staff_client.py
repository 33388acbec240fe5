"""Our client at the staff's provider: Entra ID and Ansattporten are two registrations of the one OpenID client."""

from collections.abc import Callable
from typing import Any

from joserfc.jwk import RSAKey

from citizen_portal.auth.actor import Role
from citizen_portal.config import ConfigurationError, Settings
from citizen_portal.identity import staff_claims
from citizen_portal.identity.oidc import ClientRegistration


def staff_registration(settings: Settings, signing_key: Callable[[], RSAKey]) -> ClientRegistration:
    """We as the employer's Entra ID or Ansattporten knows us, and what we believe of its tokens.

    In Entra ID an employee is (tid, oid): the issuer is the tenant's own, and `oid` is the same in all its clients. In
    Ansattporten she is `sub`, which is ours alone; the national id that comes with it is not kept.

    Raises:
        ConfigurationError: an app role is mapped to a role that does not exist.
    """
    common: dict[str, Any] = {
        "client_id": settings.staff_oidc_client_id,
        "signing_key": signing_key,
        "demands_national_id": False,
        "allows_synthetic": settings.environment != "production",
    }
    if settings.staff_provider == "ansattporten":
        return ClientRegistration(
            **common,
            levels=staff_claims.ANSATTPORTEN_LEVELS,
            parameters=staff_claims.representation_request(settings.staff_resource),
            read_entitlements=staff_claims.from_ansattporten(settings.staff_resource),
        )
    return ClientRegistration(
        **common,
        levels={},
        subject_claim="oid",
        read_entitlements=staff_claims.from_entra(_role_names(settings), settings.staff_tenant_id),
    )


def _role_names(settings: Settings) -> dict[str, frozenset[Role]]:
    try:
        return {name: frozenset(map(Role, roles)) for name, roles in settings.staff_role_names.items()}
    except ValueError as error:
        raise ConfigurationError(f"PORTAL_STAFF_ROLE_NAMES: {error}") from error
