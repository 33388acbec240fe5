"""Signatures that Kari and Ola asked each other for stand in both their copies, and each is told what is theirs."""

from typing import Any

import pytest

from citizen_portal import clock, db
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.auth.actor import Citizen
from citizen_portal.identity.models import Person
from citizen_portal.my_data.models import Form
from tests.my_data.conftest import ActorFor, opened, stored
from tests.my_data.test_copy import read_pdf


def _asked(application: Application, karis: Citizen, signer: Person, called: str = "Nordli", **facts: Any) -> None:
    with db.transaction() as session:
        session.add(
            SignatureRequest(
                application_id=application.id,
                signer_id=signer.id,
                called=called,
                found_by_number=True,
                asked_by_id=karis.person_id,
                asked_by_name=karis.name,
                asked_at=clock.now(),
                revision=3,
                **facts,
            )
        )


def test_who_signed_stands_in_the_copies_of_both(
    karis_story: Application, karis: Citizen, ola: Person, actor_for: ActorFor
) -> None:
    _asked(karis_story, karis, ola, signed_at=clock.now(), signer_name="Ola Nordli")
    (of_kari,), (of_ola,) = (opened(actor).data["signatures"] for actor in (karis, actor_for(ola)))
    assert (of_kari["role"], of_kari["other"], of_ola["role"], of_ola["other"]) == (
        "applicant", "Ola Nordli", "signer", "Kari Moen",
    )  # fmt: skip
    assert of_kari["application"] == of_ola["application"] == "Søknad om trygghetsalarm"
    assert of_kari["signed_at"]


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_who_said_no_reads_why_and_not_what_it_was_about(
    karis_story: Application, karis: Citizen, ola: Person, actor_for: ActorFor, language: str
) -> None:
    _asked(karis_story, karis, ola, refused_at=clock.now(), refusal_reason="Vi er ikke samboere.")
    copy = opened(actor_for(ola), language)
    (line,) = copy.data["signatures"]
    assert (line["application"], line["refusal_reason"]) == (None, "Vi er ikke samboere.")
    assert "Vi er ikke samboere." in read_pdf(stored(copy.export, Form.PDF))
    (of_kari,) = opened(karis).data["signatures"]
    assert (of_kari["other"], of_kari["application"]) == ("Nordli", "Søknad om trygghetsalarm")


def test_a_slip_of_a_digit_shows_ola_nothing_here_either(
    karis_story: Application, karis: Citizen, ola: Person, actor_for: ActorFor
) -> None:
    _asked(karis_story, karis, ola, called="Helgesen")
    assert opened(actor_for(ola)).data["signatures"] == []
    (of_kari,) = opened(karis).data["signatures"]
    assert of_kari["other"] == "Helgesen"


def test_borghild_gets_nothing_of_it(
    karis_story: Application, karis: Citizen, ola: Person, borghild: Person, actor_for: ActorFor
) -> None:
    _asked(karis_story, karis, ola)
    assert opened(actor_for(borghild)).data["signatures"] == []
