"""Whom a person field offers: the applicant, her children, those whom she may act for today in the service's area."""

from collections.abc import Iterable

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from citizen_portal.applications.answers import NOBODY, Offered
from citizen_portal.applications.definitions import FormField, PersonField
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen
from citizen_portal.errors import AssuranceTooLow
from citizen_portal.identity import reach
from citizen_portal.identity.models import Basis, Person, Representation


def offered_in(session: Session, actor: Citizen, application: Application, fields: Iterable[FormField]) -> Offered:
    """Whom the citizen can choose today in those of the fields that ask for a person; names only.

    Somebody who fills in for another can choose nobody else. Raises AssuranceTooLow where there is somebody to choose
    and the login is too weak for what is of others.
    """
    if not any(isinstance(field, PersonField) for field in fields):
        return NOBODY
    if application.person_id != actor.person_id:
        principal = actor.principal(application.person_id)
        return Offered(principal.name if principal else "", is_by_other=True)
    rows = session.execute(
        select(Person.id, Person.name, Representation.basis)
        .join(
            Representation,
            and_(Representation.municipality_id == Person.municipality_id, Representation.principal_id == Person.id),
        )
        .where(reach.holds(actor.person_id, application.area))
        .order_by(Person.birth_date, Person.name)
    ).all()
    if any(not reach.fits_level(actor, person_id, application.area) for person_id, _name, _basis in rows):
        raise AssuranceTooLow
    by_basis: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for person_id, name, basis in rows:
        by_basis[basis == Basis.PARENTAL_RESPONSIBILITY][str(person_id)] = name
    return Offered(actor.name, children=by_basis[True], represented=by_basis[False])
