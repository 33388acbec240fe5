"""Who acts for whom in the demo: given by a mother, and registered by home care."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from citizen_portal import clock, documents, storage
from citizen_portal.auth.actor import Staff
from citizen_portal.db import new_id
from citizen_portal.demo.seed.inhabitants import as_citizen
from citizen_portal.documents import Document, Section
from citizen_portal.identity.models import Area, Person
from citizen_portal.representation import service
from citizen_portal.representation.legal_bases import legal_bases
from citizen_portal.representation.service import Registration, Terms

_OLD_ENOUGH: Final = date(1990, 1, 1)
_ENDS_IN_DAYS: Final = (45, 400)
"""One that is soon a task for the unit, and one that is not."""


def let_people_act(session: Session, people: Mapping[str, Person], caseworker: Staff) -> None:
    """Borghild gives Kari leave in health and care; home care registers the next of kin of two who cannot say so."""
    mother, daughter = people["borghild"], people["kari"]
    service.give(session, as_citizen(mother), Terms(new_id(), daughter.id, frozenset({Area.HEALTH}), None, None))
    grown_up = [
        person
        for key, person in people.items()
        if key.startswith("citizen-") and person.birth_date and person.birth_date < _OLD_ENOUGH
    ]
    law = next(basis for basis in legal_bases(clock.today()) if basis.id == "no-capacity")
    document = storage.files().put(documents.render(_assessment(caseworker))).sha256
    for days, principal, representative in zip(_ENDS_IN_DAYS, grown_up[-4::2], grown_up[-3::2], strict=True):
        until = clock.today() + timedelta(days=days)
        said = Registration(new_id(), None, frozenset({Area.VISITS, Area.HEALTH}), law, document, until)
        service.register(session, caseworker, principal, representative, said)


def _assessment(caseworker: Staff) -> Document:
    text = "Personen kan ikke samtykke selv. Nærmeste pårørende er spurt og er enig."
    return Document(
        title="Vurdering av samtykkekompetanse",
        language="nb",
        municipality_name="Ringebu kommune",
        unit=caseworker.unit_name,
        date=clock.today(),
        reference=(),
        sections=(Section(heading="", paragraphs=(text,)),),
    )
