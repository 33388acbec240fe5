"""Who holds which permission. The whole access table of the portal is here, and `docs/security.md` prints it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from citizen_portal import clock
from citizen_portal.auth.actor import Actor, Assurance, Citizen, Machine, Role, Staff, System
from citizen_portal.auth.permissions import Permission

CITIZEN_PERMISSIONS: frozenset[Permission] = frozenset(p for p in Permission if p.audience == "citizen")

_CASEWORKER = frozenset(
    {
        Permission.STAFF_HOME,
        Permission.CASE_READ,
        Permission.CASE_HANDLE,
        Permission.CASE_MESSAGE_WRITE,
        Permission.PERSON_SEARCH,
        Permission.ACCESS_OPEN,
        Permission.ACCESS_OPEN_EMERGENCY,
        Permission.REPRESENTATION_REGISTER,
        Permission.VISITS_OVERSEE,
    }
)
ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.CASEWORKER: _CASEWORKER,
    Role.DEPUTY: _CASEWORKER | {Permission.DECISION_APPROVE},
    Role.MANAGER: _CASEWORKER | {Permission.DECISION_APPROVE},
    Role.NURSE: frozenset({Permission.STAFF_HOME, Permission.VISITS_OVERSEE}),
    Role.ARCHIVIST: frozenset({Permission.STAFF_HOME, Permission.JOURNAL_READ, Permission.ARCHIVE_EXPORT}),
    Role.COMMUNICATIONS: frozenset({Permission.STAFF_HOME}),
    Role.SYSTEM_OWNER: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.STAFF_READ,
            Permission.ROLE_CHANGE,
            Permission.KEYS_READ,
            Permission.QUARANTINE_READ,
        }
    ),
    Role.SUPERUSER: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.STAFF_READ,
            Permission.ROLE_CHANGE,
            Permission.QUARANTINE_READ,
            Permission.FORM_EDIT,
            Permission.CARE_RULES_CHANGE,
        }
    ),
    Role.AUDITOR: frozenset({Permission.STAFF_HOME, Permission.AUDIT_REPORT}),
    Role.PROTECTED_ACCESS: frozenset(
        {Permission.STAFF_HOME, Permission.PERSON_SEARCH, Permission.ACCESS_OPEN, Permission.CASE_READ}
    ),
}

SCOPE_PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    "portal:visits.write": frozenset({Permission.VISIT_PUSH}),
}

NEEDS_HIGH_ASSURANCE: frozenset[Permission] = frozenset(
    {
        Permission.VISIT_READ,
        Permission.REPRESENTATION_MANAGE,
        Permission.ACCESS_LOG_READ,
        Permission.MY_DATA,
        Permission.VISIT_FOLLOW,
    }
)
"""Health content and acting for others demand level high (Normen; Helsenorge demands the same for home-care dialogue).

Applications and conversations demand it by what they are about, see `identity.reach`.
"""

NEEDS_FRESH_LOGIN: frozenset[Permission] = frozenset(
    {Permission.ARCHIVE_EXPORT, Permission.ROLE_CHANGE, Permission.ACCESS_OPEN_EMERGENCY}
)
"""Whoever sits down at an unlocked screen must not get this far: the employer is asked anew who it is."""
FRESH_FOR: Final = timedelta(minutes=10)


def permissions_of(actor: Actor) -> frozenset[Permission]:
    """Everything the actor may do somewhere; each query narrows it to the actor's own objects."""
    match actor:
        case Citizen():
            return CITIZEN_PERMISSIONS
        case Staff(roles=roles):
            return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
        case Machine(scopes=scopes):
            return frozenset().union(*(SCOPE_PERMISSIONS.get(scope, frozenset()) for scope in scopes))
        case System():
            return frozenset()


def audience_of(actor: Actor) -> str:
    """The kind of pages that the actor logs in to: `citizen`, `staff`, `machine` or `system`."""
    return type(actor).__name__.lower()


def assurance_is_enough(actor: Actor, permission: Permission) -> bool:
    """Whether the login is strong enough for the permission."""
    return not (isinstance(actor, Citizen) and permission in NEEDS_HIGH_ASSURANCE and actor.assurance < Assurance.HIGH)


def login_is_fresh_enough(actor: Actor, permission: Permission) -> bool:
    """Whether the login is recent enough for the permission."""
    if permission not in NEEDS_FRESH_LOGIN or not isinstance(actor, Staff):
        return True
    return actor.authenticated_at is not None and clock.now() - actor.authenticated_at <= FRESH_FOR
