"""What a staff provider's id_token lets somebody do: Entra ID tells app roles, Ansattporten whom the person represents.

Neither is believed half-way: a token that does not say it in the agreed form says nothing. Names and e-mail addresses
never count, since both can be given to somebody else.
Sources: Microsoft, "ID token claims reference" and "Configure group claims" (overage: more than 200 groups are left
out of the token); Digdir, "Ansattporten: rich authorization requests".
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from citizen_portal.auth.actor import Assurance, Role
from citizen_portal.identity.errors import NoStaffAccess
from citizen_portal.identity.organisation import organisation_number
from citizen_portal.identity.tokens import Claims

logger = logging.getLogger(__name__)

MOST_ENTRIES: Final = 200
"""Entra ID puts no more groups into a token; a longer list is not what it pretends to be."""
ANSATTPORTEN_LEVELS: Mapping[str, Assurance] = MappingProxyType(
    {"substantial": Assurance.SUBSTANTIAL, "high": Assurance.HIGH, "entraid": Assurance.SUBSTANTIAL}
)
_RESOURCE, _SERVICE = "ansattporten:altinn:resource", "ansattporten:altinn:service"


@dataclass(frozen=True, slots=True)
class Entitlements:
    """What the token says; None where the provider leaves it to us."""

    roles: frozenset[str] | None = None
    """Values of `Role`."""
    organisations: frozenset[str] | None = None
    """The organisation numbers of those whom the person may act for with our resource."""


ReadEntitlements = Callable[[Claims], Entitlements]
NOTHING_SAID: Final = Entitlements()


def from_entra(role_names: Mapping[str, frozenset[Role]], tenant_id: str | None) -> ReadEntitlements:
    """Reads app roles by the names that the employer gave them; roles by our own names count too.

    The reader raises NoStaffAccess for a login in another tenant than the employer's.
    """
    names = {role.value: frozenset({role}) for role in Role} | dict(role_names)

    def read(claims: Claims) -> Entitlements:
        if tenant_id is not None and claims.get("tid") != tenant_id:
            raise NoStaffAccess("another tenant")
        found = (names.get(name, frozenset()) for name in _app_roles(claims))
        return Entitlements(roles=frozenset().union(*found))

    return read


def from_ansattporten(resource: str) -> ReadEntitlements:
    """Reads whom the person represents with our resource in Altinn; roles are given here alone."""

    def read(claims: Claims) -> Entitlements:
        details = claims.get("authorization_details")
        entries = details if isinstance(details, list) and len(details) <= MOST_ENTRIES else []
        return Entitlements(organisations=frozenset().union(*(_represented(entry, resource) for entry in entries)))

    return read


def representation_request(resource: str) -> Mapping[str, str]:
    """What to ask Ansattporten for, besides the login (RFC 9396)."""
    wanted = {
        "type": _RESOURCE,
        "resource": resource,
        "organizationform": "enterprise",
        "representation_is_required": True,
    }
    return {"authorization_details": json.dumps([wanted])}


def _app_roles(claims: Claims) -> list[str]:
    """The app roles; none where any list of the token is cut short or not a list at all."""
    roles, groups = claims.get("roles"), claims.get("groups")
    is_cut = "_claim_names" in claims or "hasgroups" in claims
    is_too_long = any(isinstance(entries, list) and len(entries) > MOST_ENTRIES for entries in (roles, groups))
    if is_cut or is_too_long:
        logger.warning("staff token with more groups than it can hold: no roles")
        return []
    if not isinstance(roles, list):
        logger.warning("staff token without app roles%s", "" if groups is None else ", with groups, which do not count")
        return []
    return [role for role in roles if isinstance(role, str)]


def _represented(entry: Any, resource: str) -> frozenset[str]:
    if not isinstance(entry, dict) or entry.get("resource") != resource:
        return frozenset()
    if entry.get("type") == _RESOURCE:
        parties = _objects(entry.get("authorized_parties"))
        ours = [party for party in parties if party.get("resource", _id_of(resource)) == _id_of(resource)]
        numbers = [_number(party.get("orgno")) for party in ours]
    elif entry.get("type") == _SERVICE:  # Altinn 2
        numbers = [
            organisation_number(party.get("Authority"), party.get("ID")) for party in _objects(entry.get("reportees"))
        ]
    else:
        return frozenset()
    return frozenset(number for number in numbers if number)


def _objects(entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        return []
    return [entry for entry in entries if isinstance(entry, dict)]


def _number(claim: Any) -> str | None:
    return organisation_number(claim.get("authority"), claim.get("ID")) if isinstance(claim, dict) else None


def _id_of(resource: str) -> str:
    """`innbyggerportal` of `urn:altinn:resource:innbyggerportal`: so it stands in the answer's parties."""
    return resource.rpartition(":")[2]
