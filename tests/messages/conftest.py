"""A case of Kari's in home care, and files to send."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from citizen_portal import db, documents
from citizen_portal.auth.actor import System
from citizen_portal.documents import Document, Section
from citizen_portal.identity.models import Person
from citizen_portal.journal import service as journal
from citizen_portal.journal.entries import Screening
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.terms import AccessRestriction, ScreenedMetadata
from citizen_portal.tenancy.models import Unit

SCREENING = Screening(
    AccessRestriction.EXEMPT,
    "offl. § 13, jf. fvl. § 13 (1) nr. 1",
    (ScreenedMetadata.CASE_TITLE_WORDS, ScreenedMetadata.ENTRY_TITLE_WORDS, ScreenedMetadata.SENDER_NAME),
)

CaseOf = Callable[[Person], CaseFile]


@pytest.fixture
def archive(the_system: System, home_care: Unit) -> None:
    """Ringebu's archive, with the class that safety alarms belong to."""
    with db.transaction() as session:
        journal.set_up_archive(
            session,
            the_system,
            fonds_title="Ringebu kommune",
            series_title="Sakarkiv 2026",
            start_date=date(2026, 1, 1),
            classification_title="Funksjoner",
            classes=[journal.ClassDefinition("H12", "Trygghetsalarm")],
        )


@pytest.fixture
def case_of(archive: None, the_system: System, home_care: Unit) -> CaseOf:
    """`case_of(person)` opens a case about a safety alarm for the person, in home care."""

    def open_case(person: Person) -> CaseFile:
        with db.transaction() as session:
            return journal.open_case_file(
                session,
                the_system,
                title=f"Søknad om trygghetsalarm – {person.name}",
                public_title="Søknad om trygghetsalarm – *****",
                unit_id=home_care.id,
                responsible_name="Siri Haugen",
                classification_code="H12",
                screening=SCREENING,
                citizen_id=person.id,
            )

    return open_case


@pytest.fixture
def karis_case(case_of: CaseOf, kari: Person) -> CaseFile:
    """Kari's case about a safety alarm."""
    return case_of(kari)


def a_pdf(text: str = "Legeerklæring") -> bytes:
    """A PDF of one page."""
    return documents.render(
        Document("Erklæring", "nb", "Legen", "Kontoret", date(2026, 11, 20), (), (Section("", (text,)),))
    )


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture, all green."""
    written = BytesIO()
    Image.new("RGB", size, "green").save(written, kind)
    return written.getvalue()
