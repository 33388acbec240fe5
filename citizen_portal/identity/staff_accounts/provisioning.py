"""An account at the first login: administration then finds the employee by name, and gives her a role.

The account opens nothing. A role is given by somebody here, in a unit, with a name on it.
"""

from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import System
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.identity.errors import NoStaffAccess
from citizen_portal.identity.models import StaffMember
from citizen_portal.identity.oidc import Authentication
from citizen_portal.identity.service import UNNAMED
from citizen_portal.tenancy.models import Municipality

LONGEST_NAME: Final = 200
_ACTOR: Final = "staff login"


def make_known(session: Session, authentication: Authentication) -> None:
    """Give whoever logged in as staff an account, unless there is one. Two first logins at once make one account.

    Raises:
        NoStaffAccess: the person does not represent this municipality.
    """
    demand_represents_us(session, authentication)
    member = StaffMember(
        municipality_id=current_municipality_id(),
        id=new_id(),
        issuer=authentication.issuer,
        subject=authentication.subject,
        name=_name(authentication),
        title="",
        unit_id=None,
        is_active=True,
    )
    columns = {column.key: getattr(member, column.key) for column in StaffMember.__table__.columns}
    made = insert(StaffMember).values(columns).on_conflict_do_nothing().returning(StaffMember.id)
    if session.scalar(made) is not None:
        audit.record(session, System(member.municipality_id, _ACTOR), EventTag.STAFF_PROVISIONED, subject=member)


def demand_represents_us(session: Session, authentication: Authentication) -> None:
    """Where the provider tells whom the person may act for, this municipality must be among them.

    Raises:
        NoStaffAccess: it is not.
    """
    if authentication.organisations is None:
        return
    municipality = session.get_one(Municipality, current_municipality_id())
    if municipality.organisation_number not in authentication.organisations:
        raise NoStaffAccess("does not represent the municipality")


def _name(authentication: Authentication) -> str:
    name = " ".join((authentication.name or "").replace("\0", "").split())
    return name[:LONGEST_NAME] or UNNAMED
