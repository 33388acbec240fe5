"""A municipality that can take applications, and answers that are good enough to send."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from citizen_portal import db
from citizen_portal.applications import queries, service
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, System
from citizen_portal.journal import service as journal
from citizen_portal.tenancy.models import Unit

STEPS: dict[int, dict[str, object]] = {
    1: {
        "for_whom": "other",
        "other_name": "Borghild Moen",
        "other_birth_date": "3.9.1941",
        "other_relation": "Datter",
        "other_agrees": "agrees",
    },
    2: {
        "needs": "Mor har falt to ganger i høst.\nHun bor langt fra naboene.",
        "lives_alone": "yes",
        "key_holder": "person",
        "key_holder_name": "Per Nabo",
        "key_holder_phone": "61 28 00 00",
    },
    3: {
        "contact_phone": "+47 900 00 000",
        "contact_email": "kari@example.no",
        "health_information": "yes",
        "declaration": True,
    },
}

Draft = Callable[[Citizen], Application]
Sent = Callable[[Citizen], Application]


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
def draft(archive: None) -> Draft:
    """`draft(actor)` starts an application for a safety alarm and answers everything."""

    def fill_in(actor: Citizen) -> Application:
        with db.transaction() as session:
            application = service.start_draft(session, actor, "trygghetsalarm", "nb")
        for number, answers in STEPS.items():
            with db.transaction() as session:
                application, problems = service.save_step(session, actor, application.id, number, answers, "nb")
            assert problems == []
        return application

    return fill_in


@pytest.fixture
def sent(draft: Draft) -> Sent:
    """`sent(actor)` is an application that was filled in and sent."""

    def send(actor: Citizen) -> Application:
        made = draft(actor)
        with db.transaction() as session:
            return service.submit(session, actor, made.id, made.revision)

    return send


def reload(actor: Citizen, application_id: UUID) -> Application:
    """The application as the database has it now."""
    with db.read_only() as session:
        return queries.application_for(session, actor, application_id)
