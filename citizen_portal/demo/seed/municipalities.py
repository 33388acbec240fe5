"""The three municipalities, their units and archives."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from citizen_portal.auth.actor import System
from citizen_portal.db import transaction
from citizen_portal.demo.organisations import DEMO_ORGANISATIONS
from citizen_portal.demo.people import (
    ARTS,
    HOME_CARE,
    HOUSING,
    NORD_FRON,
    RECORDS,
    RINGEBU,
    SCHOOLS,
    SERVICE_DESK,
    SOR_FRON,
)
from citizen_portal.journal.service.archive_structure import ClassDefinition, set_up_archive
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.tenancy.service import add_municipality, add_unit

UNITS: Final = {
    HOME_CARE: "61 28 31 00",
    SERVICE_DESK: "61 28 30 00",
    SCHOOLS: "61 28 32 00",
    ARTS: "61 28 32 40",
    HOUSING: "61 28 30 40",
    RECORDS: "61 28 30 20",
}

CLASSES: Final = (
    ClassDefinition(
        "A",
        "Administrasjon",
        (ClassDefinition("A10", "Organisasjon og styring"), ClassDefinition("A20", "Innsyn og arkiv")),
    ),
    ClassDefinition(
        "B",
        "Oppvekst",
        (
            ClassDefinition("B10", "Barnehage"),
            ClassDefinition("B12", "Foreldrebetaling"),
            ClassDefinition("B20", "Skole"),
            ClassDefinition("B22", "Skolefritidsordning"),
            ClassDefinition("B30", "Kulturskole"),
        ),
    ),
    ClassDefinition(
        "H",
        "Helse og omsorg",
        (
            ClassDefinition("H10", "Hjemmetjenester"),
            ClassDefinition("H12", "Trygghetsalarm"),
            ClassDefinition("H14", "Omsorgsbolig"),
            ClassDefinition("H16", "Støttekontakt"),
        ),
    ),
    ClassDefinition("N", "Næring", (ClassDefinition("N10", "Bevilling for alkohol"),)),
    ClassDefinition("P", "Plan og eiendom", (ClassDefinition("P10", "Veg og trafikk"),)),
    ClassDefinition("S", "Bolig og økonomi", (ClassDefinition("S10", "Startlån"),)),
)


@dataclass(frozen=True)
class DemoMunicipality:
    """What the demo says of a municipality. Addresses and numbers are invented, but look right."""

    number: str
    name: str
    slug: str
    languages: tuple[str, ...]
    address_lines: tuple[str, str]
    hostnames: tuple[str, ...] = ()


MUNICIPALITIES: Final = (
    DemoMunicipality(
        RINGEBU,
        "Ringebu kommune",
        "ringebu",
        ("nb", "nn", "en", "se"),
        ("Hanstadgata 4", "2630 Ringebu"),
        ("localhost", "127.0.0.1"),
    ),
    DemoMunicipality(
        SOR_FRON, "Sør-Fron kommune", "sor-fron", ("nn", "nb", "en", "se"), ("Kommunevegen 1", "2647 Sør-Fron")
    ),
    DemoMunicipality(
        NORD_FRON, "Nord-Fron kommune", "nord-fron", ("nn", "nb", "en", "se"), ("Nedregata 50", "2640 Vinstra")
    ),
)


def add_to_installation(session: Session, known: DemoMunicipality) -> Municipality:
    """Add the municipality; the session is the owner's."""
    return add_municipality(
        session,
        number=known.number,
        name=known.name,
        organisation_number=DEMO_ORGANISATIONS[known.number],
        slug=known.slug,
        languages=known.languages,
        hostnames=(f"{known.slug}.localhost", *known.hostnames),
        phone="61 28 30 00",
        email=f"post@{known.slug}.kommune.example",
        address_lines=known.address_lines,
    )


def set_up(actor: System, known: DemoMunicipality, start_date: date) -> dict[str, Unit]:
    """Give the current municipality its units and an archive from `start_date`; the units by name."""
    with transaction() as session:
        set_up_archive(
            session,
            actor,
            fonds_title=f"{known.name} – saksarkiv",
            series_title="Innbyggerdialog",
            start_date=start_date,
            classification_title="Funksjonsbasert klassifikasjon",
            classes=CLASSES,
        )
        return {name: add_unit(session, name=name, phone=phone) for name, phone in UNITS.items()}
