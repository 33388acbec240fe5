"""The services that come with the portal can be published as they are: every text, law, unit and title."""

import re
import time
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from citizen_portal.applications.definitions import (
    FOLDER,
    Definition,
    FormField,
    GroupField,
    Text,
    read_definition,
)
from citizen_portal.applications.definitions.schema import PlainText
from citizen_portal.demo.seed.municipalities import CLASSES, UNITS
from citizen_portal.identity.models import Area
from citizen_portal.journal.terms import ScreenedMetadata

FILES = sorted(FOLDER.glob("*.yaml"))
SHIPPED = [read_definition(path) for path in FILES]
each_service = pytest.mark.parametrize("service", SHIPPED, ids=[made.id for made in SHIPPED])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


BOKMAL_ALONE = _words(
    "ikke jeg hva hvem hvor hvordan hvilken hvilke hvilket noe noen fra hjemme søke søker være dere deres uker"
    " måned måneder bolig boligen barnehagene søsken tillatelse bevilling saken skolen skole begynne begynner koster"
    " lavere lav trenger trengs hjelpen sier ønsker enig vet selv alene mye mulig gjelder skriver annen hvis"
)
NYNORSK_ALONE = _words(
    "ikkje eg kva kven kvar korleis noko nokon frå heime eit vere søkje søkjer dykk dykkar veke veker månad månader"
    " bustad bustaden barnehagane sysken løyve saka skulen skule byrje byrjar kostar lågare låg treng trengst hjelpa"
    " seier ønskjer samd veit sjølv åleine mykje òg ho dei ein meir blei berre"
)
"""Words that the other written language does not have."""


def _texts(part: object) -> Iterator[Text]:
    """Every text within a part of a definition."""
    if isinstance(part, Text):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _texts(getattr(part, name))
    elif isinstance(part, tuple):
        for one in part:
            yield from _texts(one)


def _fields(service: Definition) -> Iterator[FormField]:
    """Every field, those within groups, too."""
    for field in service.fields:
        yield field
        if isinstance(field, GroupField):
            yield from field.fields


def test_the_services_that_a_municipality_needs_are_there() -> None:
    assert (
        [path.stem for path in FILES]
        == [made.id for made in SHIPPED]
        == [
            "barnehageplass",
            "hjemmetjenester",
            "innsynskrav",
            "kulturskole",
            "omsorgsbolig",
            "redusert-foreldrebetaling",
            "sfo",
            "skjenkebevilling",
            "startlan",
            "stottekontakt",
            "trygghetsalarm",
        ]
    )


@each_service
def test_no_language_borrows_from_another(service: Definition) -> None:
    for text in _texts(service):
        assert not _words(text.nn) & BOKMAL_ALONE, text.nn
        assert not _words(text.nb) & NYNORSK_ALONE, text.nb
        assert not _words(text.en) & ({"og", "ikke", "ikkje", "du", "deg", "som", "til"}), text.en
        if isinstance(text, PlainText):
            assert text.se not in (text.nb, text.nn, text.en)


@each_service
def test_long_texts_are_not_copied_between_bokmal_and_nynorsk(service: Definition) -> None:
    """A short text may be the same in both: «Legg ved kart», «Hvem» never."""
    for text in _texts(service):
        if len(text.nb.split()) > 7:
            assert text.nb != text.nn
        assert len(text.nb.split()) < 4 or text.en != text.nb


@each_service
def test_what_must_be_answered_is_asked_for_in_a_sentence(service: Definition) -> None:
    for field in _fields(service):
        for text in (field.required, field.help) if field.help else (field.required,):
            for said in (text.nb, text.nn, text.en) if text else ():
                assert re.fullmatch(r"[A-ZÆØÅ«].*[.?]", said), said
        if field.required:
            assert all(said.endswith(".") for said in (field.required.nb, field.required.nn, field.required.en))
        assert not field.label.nb.endswith("."), field.label.nb


@each_service
def test_nobody_is_asked_for_a_national_identity_number(service: Definition) -> None:
    for field in _fields(service):
        assert "fødselsnummer" not in field.label.nb.lower()
        assert "personnummer" not in field.label.nb.lower()


@each_service
def test_the_public_never_reads_a_name_in_a_title(service: Definition) -> None:
    journal = service.journal
    assert journal.public_title == journal.title  # `{name}` is masked in the public one
    hides = set(journal.screening.metadata) if journal.screening else set()
    masked = {ScreenedMetadata.CASE_TITLE_WORDS, ScreenedMetadata.ENTRY_TITLE_WORDS}
    assert ("{name}" in journal.title) == (masked <= hides)
    assert journal.concerns is None or "{name}" in journal.title


@each_service
def test_health_children_and_money_are_kept_from_the_public(service: Definition) -> None:
    assert (service.journal.screening is None) == (service.area is Area.OTHER)
    assert service.journal.retention is not None


@each_service
def test_the_unit_and_the_class_are_in_every_municipality_of_the_demo(service: Definition) -> None:
    assert service.journal.responsible_unit in UNITS
    assert service.journal.classification_code in {below.code for above in CLASSES for below in above.subclasses}


@each_service
def test_the_form_is_short_and_asks_one_thing_at_a_time(service: Definition) -> None:
    assert 3 <= len(service.steps) <= 6
    assert all(len(step.fields) <= 6 for step in service.steps)
    assert service.needs
    assert service.search_words


@each_service
def test_laws_lead_to_their_text_at_lovdata(service: Definition) -> None:
    for law in service.laws:
        assert law.url is None or re.fullmatch(r"https://lovdata\.no/(lov|forskrift)/[\d-]+(/§[\da-z-]+)?", law.url)
    assert any(law.url for law in service.laws)


def test_an_appeal_goes_where_the_law_sends_it() -> None:
    bodies = {made.id: made.decision and made.decision.appeal_body.nb for made in SHIPPED}
    own = {name for name, body in bodies.items() if body == "kommunens klagenemnd"}
    assert own == {"barnehageplass", "sfo", "redusert-foreldrebetaling", "startlan"}
    assert {name for name, body in bodies.items() if body is None} == {"kulturskole"}  # nobody has a right to a place
    assert {body for name, body in bodies.items() if body and name not in own} == {"Statsforvalteren i Innlandet"}


def test_both_sign_what_two_decide_together() -> None:
    signers = {made.id: made.signature.who.nb for made in SHIPPED if made.signature}
    assert signers == {
        "barnehageplass": "Den andre forelderen",
        "redusert-foreldrebetaling": "Ektefellen eller samboeren",
        "startlan": "Den du søker sammen med",
    }


def test_all_files_are_read_in_the_blink_of_an_eye() -> None:
    start = time.process_time()
    for path in FILES:
        read_definition(path)
    assert time.process_time() - start < 3  # seconds of a slow, busy machine
