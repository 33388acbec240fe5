"""Every visual part in all its states on one page, for those who build pages and those who judge them. Demo only.

The sample texts are data in Bokmål, not interface: only the parts' own words follow the chosen language.
"""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Optional

from citizen_portal import clock
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.auth.actor import Assurance, Citizen, Principal
from citizen_portal.auth.guards import public
from citizen_portal.db import new_id
from citizen_portal.forms import BaseForm
from citizen_portal.journal.scans.models import FileScan, ScanState

bp = Blueprint("gallery", __name__)

STATES = (
    *("draft", "received", "in_progress", "waiting_for_citizen", "waiting_for_others", "preliminary_reply", "granted"),
    *("partly_granted", "refused", "withdrawn", "appealed", "closed", "overdue", "exempt", "public"),
)
VISIT_STATES = ("planned", "on_the_way", "arrived", "done", "not_home", "cancelled", "not_signed_off", "late")


@dataclass(frozen=True)
class Person:
    """Somebody one can view for."""

    id: str
    name: str


class SampleForm(BaseForm):
    """One field of each kind."""

    class Meta(BaseForm.Meta):
        """Never posted: the page only shows it."""

        csrf = False

    name = StringField("Navn", [InputRequired("Skriv navnet ditt.")])
    phone = StringField("Telefonnummer", [Optional()], description="Vi ringer bare hvis det haster.")
    born = StringField("Fødselsdato", [InputRequired("Skriv datoen som dag, måned og år, for eksempel 24.11.2026.")])
    unit = SelectField(
        "Hvem gjelder det?",
        choices=[SelectChoice("home", "Hjemmetjenesten"), SelectChoice("office", "Tildelingskontoret")],
    )
    whom = RadioField(
        "Hvem søker du for?",
        [InputRequired("Velg hvem du søker for.")],
        choices=[SelectChoice("self", "Meg selv"), SelectChoice("other", "En annen")],
    )
    needs = SelectMultipleField(
        "Hva trenger du hjelp til?",
        [Optional()],
        choices=[
            SelectChoice("fall", "Jeg er redd for å falle"),
            SelectChoice("alone", "Jeg bor alene og trenger trygghet om natta"),
        ],
    )
    story = TextAreaField("Fortell kort om situasjonen", [InputRequired("Fortell kort hvorfor du trenger alarmen.")])
    document = FileField("Legeerklæring", [Optional()])
    consent = BooleanField("Jeg samtykker til at vi deler adressen med alarmsentralen", [InputRequired("Kryss av.")])
    receipt = HiddenField(default="1")


@bp.get("/galleri")
@public
def show() -> ResponseReturnValue:
    """The gallery."""
    filled = {"name": "Kari Moen", "phone": "912 34 567", "born": "24.11.1979", "whom": "other", "needs": "fall"}
    return render_template(
        "gallery.html",
        empty=SampleForm(formdata=None, prefix="empty-"),
        filled=_form("filled-", {**filled, "story": "Mamma falt i trappa i oktober.\nHun bor alene.", "consent": "y"}),
        wrong=_form("wrong-", {"unit": "home"}, validate=True),
        states=STATES,
        visit_states=VISIT_STATES,
        people=[Person("1", "Borghild Moen"), Person("2", "deg selv")],
        acting=_acting(),
        when=_times(),
        files=_files(),
    )


def _form(prefix: str, data: dict[str, Any], *, validate: bool = False) -> SampleForm:
    form = SampleForm(formdata=MultiDict({prefix + key: value for key, value in data.items()}), prefix=prefix)
    if validate:
        form.validate()
    return form


def _acting() -> Citizen:
    mother = Principal(new_id(), "Borghild Moen")
    return Citizen(0, new_id(), "Kari Moen", Assurance.HIGH, new_id(), acting_for=mother, represents=(mother,))


def _files() -> list[ApplicationFile]:
    """A file in each state."""
    application_id, states = new_id(), {"legeerklæring.pdf": "clean", "skann.pdf": "waiting", "faktura.pdf": "infected"}
    return [
        ApplicationFile(
            id=new_id(),
            application_id=application_id,
            filename=name,
            media_type="application/pdf",
            size_bytes=340_000,
            scan=FileScan(state=ScanState(state)),
        )
        for name, state in states.items()
    ]


def _times() -> SimpleNamespace:
    midnight = clock.to_oslo(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return SimpleNamespace(
        morning=midnight + timedelta(hours=8, minutes=12),
        noticed=midnight + timedelta(hours=9, minutes=40),
        one=midnight + timedelta(hours=13),
        two=midnight + timedelta(hours=14),
        quarter=midnight + timedelta(hours=18, minutes=15),
        evening=midnight + timedelta(hours=19),
        yesterday=midnight - timedelta(hours=9, minutes=46),
        long_ago=midnight - timedelta(days=400),
        deadline=clock.today() + timedelta(days=19),
        overdue=clock.today() - timedelta(days=3),
    )
