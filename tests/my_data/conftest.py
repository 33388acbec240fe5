"""Kari with a case, a conversation and a mother; Ola and Borghild with theirs, which are none of Kari's business."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from citizen_portal import clock, db, jobs, storage
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Staff, System
from citizen_portal.config import Settings
from citizen_portal.db import new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person, StaffMember
from citizen_portal.journal.enclosures import Enclosure, enclose
from citizen_portal.messages import service as messages
from citizen_portal.my_data import service
from citizen_portal.my_data.copying import make_copy
from citizen_portal.my_data.models import DataExport, Form
from citizen_portal.tenancy.models import Unit
from citizen_portal.uploads import check_upload
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.reports import VisitStatus
from tests.applications.conftest import archive, draft, sent
from tests.messages.conftest import a_pdf
from tests.reading import StrictClient

__all__ = ["archive", "draft", "sent"]

ActorFor = Callable[..., Any]
ClientFor = Callable[..., StrictClient]
PAGE = "/min-side/mine-opplysninger"


@dataclass(frozen=True)
class Copy:
    """A copy as somebody opens it."""

    export: DataExport
    data: dict[str, Any]
    files: dict[str, bytes]
    """What lies in the ZIP file, by its path."""

    @property
    def everything(self) -> str:
        """All the words of the machine-readable copy."""
        return json.dumps(self.data, ensure_ascii=False)


@pytest.fixture
def karis(actor_for: ActorFor, kari: Person) -> Citizen:
    """Kari, logged in."""
    actor: Citizen = actor_for(kari)
    return actor


@pytest.fixture
def karis_story(
    karis: Citizen,
    ola: Person,
    borghild: Person,
    siri: StaffMember,
    actor_for: ActorFor,
    sent: Callable[[Citizen], Application],
    the_system: System,
    home_care: Unit,
) -> Application:
    """Kari applied, Siri asked for a paper, Kari sent it; Ola has a case too, and Borghild has visits and a case."""
    application = sent(karis)
    sirius: Staff = actor_for(siri)
    _talk(sirius, application, "Hei, Kari. Kan du sende legeerklæringen?", karis, "Her er den.", _paper())
    _talk(sirius, sent(actor_for(ola)), "Hei, Ola.", actor_for(ola), "Olas hemmelighet")
    _talk(sirius, sent(actor_for(borghild)), "Hei, Borghild.", actor_for(borghild), "Borghilds hemmelighet")
    _visited(borghild, home_care, "Borghilds morgenstell")
    _visited(kari_of(karis), home_care, "Karis hjelp i huset")
    with db.transaction() as session:
        identity.register_representation(
            session,
            the_system,
            principal=borghild,
            representative=kari_of(karis),
            basis=Basis.NEXT_OF_KIN,
            areas=[Area.VISITS],
        )
    return application


def kari_of(karis: Citizen) -> Person:
    """The person who is logged in."""
    with db.read_only() as session:
        return session.get_one(Person, (karis.municipality_id, karis.person_id))


@cache
def _paper() -> Enclosure:
    """Made once: it is read and written anew in a process of its own."""
    return enclose(check_upload(a_pdf(), "legeerklæring 01017000027.pdf"), "nb")


def _talk(staff: Staff, application: Application, asked: str, citizen: Citizen, said: str, *enclosed: Any) -> None:
    assert application.case_file_id
    with db.transaction() as session:
        messages.write_to_citizen(session, staff, application.case_file_id, asked, new_id())
    with db.transaction() as session:
        messages.write_about_case(session, citizen, application.case_file_id, said, new_id(), enclosed)


def _visited(person: Person, unit: Unit, service: str) -> None:
    with db.transaction() as session:
        visit = Visit(
            consumer="940864872",
            identifier_system="https://epj.example/besok",
            identifier_value=service,
            care_recipient_id=person.id,
            unit_id=unit.id,
            service=service,
            status=VisitStatus.DONE,
            planned_start_at=clock.now(),
            planned_end_at=clock.now(),
            occurs_at=clock.now(),
            updated_at=clock.now(),
        )
        session.add(visit)
        session.flush()
        session.add(VisitReceipt(visit_id=visit.id, performed_at=clock.now(), received_at=clock.now()))


def ordered(actor: Citizen, language: str = "nb") -> DataExport:
    """An order of the citizen's."""
    with db.transaction() as session:
        return service.order_copy(session, actor, language)


def work(export: DataExport) -> None:
    """Do the job once."""
    make_copy(export_id=str(export.id), municipality_id=export.municipality_id)


def work_all(settings: Settings) -> None:
    """Let a worker do all that lies on the queue."""
    jobs.run_worker(settings, until_idle=True)


def as_it_stands(export: DataExport) -> DataExport:
    """The order as the database has it now."""
    with db.as_municipality(export.municipality_id), db.read_only() as session:
        return session.get_one(DataExport, (export.municipality_id, export.id))


def stored(export: DataExport, form: Form) -> bytes:
    """A file of a copy that is ready."""
    file = export.file(form)
    assert file is not None
    data = storage.passing_files().read(file[0])
    assert len(data) == file[1]
    return data


def opened(actor: Citizen, language: str = "nb") -> Copy:
    """A copy that was ordered, made and opened."""
    export = ordered(actor, language)
    work(export)
    export = as_it_stands(export)
    with ZipFile(BytesIO(stored(export, Form.ZIP))) as packed:
        assert packed.testzip() is None
        files = {name: packed.read(name) for name in packed.namelist()}
    return Copy(export, json.loads(stored(export, Form.JSON)), files)
