"""Parents who apply for a child: a service that both must sign."""

from collections.abc import Callable, Iterator
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest

from citizen_portal import clock, db
from citizen_portal.applications import service as applications
from citizen_portal.applications.definitions import Condition, Definition, Text, definition, shipped
from citizen_portal.applications.definitions.schema import Signature
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.auth.actor import Citizen, System
from citizen_portal.demo.people import synthetic_national_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person
from tests.applications.conftest import STEPS, archive

__all__ = ["archive"]

SERVICE = "felles-soknad"


def signed_by_two(**changes: Any) -> Definition:
    """The safety alarm's form as a service about children that two must sign."""
    who = Text(nb="Den andre forelderen", nn="Den andre forelderen", en="The other parent")
    why = Text(nb="Begge må være enige.", nn="Begge må vere samde.", en="Both must agree.")
    only_for = Condition(field="for_whom", equals="other")
    made = definition("trygghetsalarm", 1)
    signature = Signature(who=who, explanation=why, show_if=only_for)
    return made.model_copy(update={"id": SERVICE, "area": Area.UPBRINGING, "signature": signature, **changes})


@pytest.fixture(autouse=True)
def service_for_two() -> Iterator[None]:
    """The municipality offers the service."""
    shipped._shipped()[SERVICE, 1] = signed_by_two(), shipped.FOLDER / "trygghetsalarm.yaml"  # type: ignore[index]
    yield
    del shipped._shipped()[SERVICE, 1]  # type: ignore[attr-defined]


def inhabitant(name: str, born: date) -> Person:
    """Somebody whom the municipality knows."""
    number = synthetic_national_id(born, is_woman=True, randomness=Random(name))  # noqa: S311  no secrets
    with db.transaction() as session:
        return identity.register_person(session, national_id=number, name=name, birth_date=born)


@pytest.fixture
def per(in_ringebu: object) -> Person:
    """Per Moen, the other parent."""
    return inhabitant("Per Moen", date(1976, 2, 3))


@pytest.fixture
def emma(in_ringebu: object) -> Person:
    """Emma Moen, nine years old."""
    return inhabitant("Emma Moen", date(clock.today().year - 9, 1, 2))


@pytest.fixture
def parents(the_system: System, kari: Person, per: Person, emma: Person) -> None:
    """The population register says that Kari and Per answer for Emma together."""
    for parent in (kari, per):
        with db.transaction() as session:
            identity.register_representation(
                session,
                the_system,
                principal=emma,
                representative=parent,
                basis=Basis.PARENTAL_RESPONSIBILITY,
                areas=[Area.UPBRINGING],
            ).confirmed_at = clock.now()


FilledIn = Callable[[Citizen], Application]


@pytest.fixture
def filled_in(archive: None) -> FilledIn:
    """`filled_in(actor)` is a draft of the service with every answer."""

    def fill_in(actor: Citizen) -> Application:
        with db.transaction() as session:
            draft = applications.start_draft(session, actor, SERVICE, "nb")
            for number, answers in STEPS.items():
                draft, problems = applications.save_step(session, actor, draft.id, number, answers, "nb")
                assert problems == []
            return draft

    return fill_in


def change(actor: Citizen, application_id: UUID, needs: str = "Noe annet") -> Application:
    """Change one answer."""
    with db.transaction() as session:
        answers = {**STEPS[2], "needs": needs}
        return applications.save_step(session, actor, application_id, 2, answers, "nb")[0]


def reloaded(request: SignatureRequest) -> SignatureRequest:
    """The request as the database has it now."""
    with db.read_only() as session:
        return session.get_one(SignatureRequest, (request.municipality_id, request.id))
