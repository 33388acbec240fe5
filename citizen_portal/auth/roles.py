"""Who holds which permission. The whole access table of the portal is here, and `docs/security.md` prints it."""

from collections.abc import Mapping

from citizen_portal.auth.actor import Actor, Assurance, Citizen, Machine, Role, Staff, System
from citizen_portal.auth.permissions import Permission

CITIZEN_PERMISSIONS: frozenset[Permission] = frozenset(p for p in Permission if p.audience == "citizen")

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.CASEWORKER: frozenset(
        {Permission.STAFF_HOME, Permission.CASE_READ, Permission.CASE_HANDLE, Permission.CASE_MESSAGE_WRITE}
    ),
    Role.NURSE: frozenset({Permission.STAFF_HOME}),
    Role.ARCHIVIST: frozenset({Permission.STAFF_HOME, Permission.JOURNAL_READ, Permission.ARCHIVE_EXPORT}),
    Role.COMMUNICATIONS: frozenset({Permission.STAFF_HOME}),
    Role.SYSTEM_OWNER: frozenset({Permission.STAFF_HOME}),
}

SCOPE_PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    "portal:visits.write": frozenset({Permission.VISIT_PUSH}),
}

NEEDS_HIGH_ASSURANCE: frozenset[Permission] = frozenset({Permission.VISIT_READ})
"""Health content demands level high (Normen; Helsenorge demands the same for home-care dialogue)."""


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
