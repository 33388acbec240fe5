"""A superuser changes a form in the browser, and the next citizen meets it."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from citizen_portal import clock, db
from citizen_portal.applications.definitions import offered
from citizen_portal.audit.models import AuditEvent
from citizen_portal.auth.actor import Role
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Municipality
from tests.applications.editor.conftest import ALARM, ASKED, FIRST, asking, in_bokmal, publish, write
from tests.conftest import ClientFor, give_roles
from tests.reading import Page, StrictClient
from tests.statements import count_statements

OLD = "Hvorfor trengs det en alarm?"


def _question_asked(phone: StrictClient) -> str:
    """What the second page asks of somebody who applies, or goes on with what she had begun."""
    begun = phone.send("/soknad/trygghetsalarm")
    assert begun.status_code == 303
    shown = phone.page(begun.headers["Location"].removesuffix("/fortsett") + "/steg/2").text
    return OLD if OLD in shown else ASKED if ASKED in shown else shown


def _audited() -> list[tuple[str, object]]:
    with db.read_only() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.sequence_number)).all()
    return [(event.tag, event.details) for event in events if event.tag.startswith(("form-", "service-"))]


def test_the_next_citizen_meets_what_was_published_and_a_running_draft_does_not_change(
    ragnas_browser: StrictClient, karis_phone: StrictClient, client_for: ClientFor, ola: Person
) -> None:
    assert _question_asked(karis_phone) == OLD
    publish(ragnas_browser, asking())
    assert _question_asked(in_bokmal(client_for(ola))) == ASKED
    assert _question_asked(karis_phone) == OLD


def test_ragna_finds_the_service_and_sees_what_she_has_changed(ragnas_browser: StrictClient) -> None:
    overview = ragnas_browser.page("/ansatt/skjema")
    assert overview.links["Trygghetsalarm"] == ALARM
    assert "1 (følger med portalen)" in overview.text
    shown = ragnas_browser.page(ALARM)
    assert shown.links["Endre skjemaet"] == f"{ALARM}/rediger"
    page = ragnas_browser.page(f"{ALARM}/rediger")
    assert page.form(f"{ALARM}/rediger")["source"].strip() == FIRST.strip()
    assert write(ragnas_browser, asking()) == f"{ALARM}/utkast"
    draft = ragnas_browser.page(f"{ALARM}/utkast")
    assert draft.links["Trygghetsalarm"] == ALARM
    assert draft.all("//del")[0].text.strip() == "version: 1"
    assert ASKED in draft.all("//ins")[1].text
    assert OLD in draft.all("//del")[1].text


def test_the_history_says_who_published_what_and_when(ragnas_browser: StrictClient) -> None:
    publish(ragnas_browser, asking(), note="Nytt spørsmål om fall")
    history = ragnas_browser.page(ALARM).text
    for words in ("1001 (vår egen)", "Gjelder nå", "Ragna Tofte", "Nytt spørsmål om fall"):
        assert words in history
    assert ASKED in ragnas_browser.page(f"{ALARM}/versjon/1001").text
    assert [tag for tag, _ in _audited()] == ["form-saved", "form-published"]


def test_what_is_wrong_is_told_with_line_place_and_reason_and_nothing_typed_is_lost(
    ragnas_browser: StrictClient,
) -> None:
    wrong = FIRST.replace("          nn: Namnet på den som skal ha alarmen\n", "", 1)
    assert write(ragnas_browser, wrong) == f"{ALARM}/rediger"
    page = ragnas_browser.page(f"{ALARM}/rediger")
    line = 1 + wrong[: wrong.index("name: other_name\n")].count("\n") + 4
    words = f"Linje {line}: steps.0.fields.1.text.label.nn: teksten mangler på nynorsk"
    assert page.links[words] == "#source"
    assert page.all("//code")[0].text == "label:"
    assert page.form(f"{ALARM}/rediger")["source"].strip() == wrong.strip()
    assert ragnas_browser.get(f"{ALARM}/publiser").headers["Location"] == f"{ALARM}/rediger"
    assert ragnas_browser.get(f"{ALARM}/forhandsvis").headers["Location"] == f"{ALARM}/rediger"
    assert "1 ting må rettes" in ragnas_browser.page(f"{ALARM}/utkast").text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: trygghetsalarm", "id: alarm", "id: ID-en må fortsatt være trygghetsalarm"),
        ("version: 1001", "version: 7", "version: versjonen må være 1001"),
        ("responsible_unit: Hjemmetjenesten", "responsible_unit: Månetjenesten", "kommunen har ingen enhet som heter"),
        ("classification_code: H12", "classification_code: X9", "saker kan ikke arkiveres under X9"),
        ("name: other_relation", "name: other_name", "navnet other_name er brukt før"),
        ("show_if: {field: for_whom", "show_if: {field: other_name", "betingelsen går i ring"),
    ],
)
def test_what_does_not_hang_together_is_refused(ragnas_browser: StrictClient, old: str, new: str, said: str) -> None:
    assert write(ragnas_browser, FIRST.replace(old, new, 1)) == f"{ALARM}/rediger"
    assert said in ragnas_browser.page(f"{ALARM}/rediger").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Linje 1: teksten er tom"),
        ("title: \x07", "Linje 1: et tegn kan ikke leses: U+FFFD"),
        ("a: b\ntitle: \ufffd", "Linje 2: et tegn kan ikke leses: U+FFFD"),
        ("x" * 200_001, "teksten er for lang"),
        ("\n" * 6_000 + "a", "teksten er for lang"),
    ],
    ids=["nothing", "control character", "no UTF-8", "characters", "lines"],
)
def test_what_is_no_text_is_not_kept_but_stands_there_still(
    ragnas_browser: StrictClient, typed: str, said: str
) -> None:
    path = f"{ALARM}/rediger"
    response = ragnas_browser.post(path, data=ragnas_browser.page(path).form(path) | {"source": typed})
    assert response.status_code == 422
    assert said in response.text
    assert typed[-100:].replace("\x07", "\ufffd") in response.text
    assert ragnas_browser.get(f"{ALARM}/utkast").status_code == 404


def test_the_preview_is_the_citizens_page_in_each_language_and_keeps_nothing(
    ragnas_browser: StrictClient,
) -> None:
    write(ragnas_browser, asking())
    first = ragnas_browser.page(f"{ALARM}/forhandsvis")
    assert "Steg 1 av 3" in first.text
    assert first.links["Utkastet"] == f"{ALARM}/utkast"
    second = ragnas_browser.page(first.links["Neste"])
    assert ASKED in second.text
    nynorsk = ragnas_browser.page(second.links["Nynorsk"])
    assert "Kvifor trengst det ein alarm?" in nynorsk.text
    assert nynorsk.all("//div[@lang='nn']")
    english = ragnas_browser.page(nynorsk.links["English"])
    assert "Why is an alarm needed?" in english.text
    assert "Step 2 of 3" in english.text
    assert english.title.startswith("Forhåndsvisning")
    assert not english.all("//main//form[@method='post']")
    shipped = ragnas_browser.page(f"{ALARM}/forhandsvis?versjon=1&side=2&sprak=nb")
    assert OLD in shipped.text
    for nothing in ("versjon=9", "side=9", "versjon=1002"):
        assert ragnas_browser.get(f"{ALARM}/forhandsvis?{nothing}").status_code == 404


def test_ragna_goes_back_to_what_was_before(
    ragnas_browser: StrictClient, client_for: ClientFor, kari: Person, ola: Person, karis_phone: StrictClient
) -> None:
    publish(ragnas_browser, asking())
    assert _question_asked(karis_phone) == ASKED
    publish(ragnas_browser, asking("Noe helt annet?", version=1002))
    path = f"{ALARM}/tilbake"
    csrf = ragnas_browser.page(ALARM).form(path)
    assert csrf["version"] == "1001"
    form = ragnas_browser.page(ALARM).form(path)
    assert (form["version"], form["newest"]) == ("1001", "1002")
    for _ in range(2):  # sent twice it counts once
        assert ragnas_browser.post(path, data=form).status_code == 303
    assert _question_asked(in_bokmal(client_for(ola))) == ASKED
    assert "Rullet tilbake" in ragnas_browser.page(ALARM).text
    ragnas_browser.post(path, data=form | {"version": "1", "newest": "1001"})
    with db.read_only() as session:
        assert offered.in_force(session, clock.today()).versions["trygghetsalarm"] == 1
    assert _question_asked(karis_phone) == ASKED  # what she had begun
    tags = [tag for tag, _ in _audited()]
    assert tags.count("form-rolled-back") == 2
    assert write(ragnas_browser, asking(version=1003)) == f"{ALARM}/utkast"  # numbers are not used again


def test_a_service_is_withdrawn_and_offered_again(
    ragnas_browser: StrictClient, karis_phone: StrictClient, client_for: ClientFor, ola: Person
) -> None:
    assert _question_asked(karis_phone) == OLD
    withdraw = ragnas_browser.page(ALARM).form(f"{ALARM}/trekk-tilbake")
    for _ in range(2):  # sent twice it counts once
        assert ragnas_browser.post(f"{ALARM}/trekk-tilbake", data=withdraw).status_code == 303
    assert "Tjenesten tilbys ikke" in ragnas_browser.page(ALARM).text
    assert "Tilbys ikke" in ragnas_browser.page("/ansatt/skjema").text
    olas_phone = in_bokmal(client_for(ola))
    assert olas_phone.get("/soknad/trygghetsalarm").status_code == 404
    assert "/soknad/trygghetsalarm" not in olas_phone.page("/soknad").links.values()
    assert ragnas_browser.post(f"{ALARM}/tilby", data=withdraw).status_code == 303
    assert _question_asked(olas_phone) == OLD
    assert [tag for tag, _ in _audited()] == ["service-withdrawn", "service-offered"]


def test_of_two_superusers_who_write_at_once_the_second_is_told_and_loses_nothing(
    ragnas_browser: StrictClient, client_for: ClientFor, superuser: StaffMember
) -> None:
    path = f"{ALARM}/rediger"
    other = in_bokmal(client_for(superuser))
    opened = other.page(path).form(path)
    write(ragnas_browser, asking())
    response = other.post(path, data=opened | {"source": asking("Mitt spørsmål?")})
    assert response.status_code == 409
    page = Page(response.text)
    assert "Teksten din er ikke lagret ennå" in page.text
    assert "Ragna Tofte har endret dette" in page.text
    again = page.form(path)
    assert "Mitt spørsmål?" in again["source"]
    assert other.post(path, data=again).status_code == 303
    stale = ragnas_browser.page(f"{ALARM}/publiser").form(f"{ALARM}/publiser") | {"revision": "1", "note": "Fall"}
    assert ragnas_browser.post(f"{ALARM}/publiser", data=stale).headers["Location"] == ALARM
    assert "Ingenting er gjort" in ragnas_browser.page(ALARM).text
    assert [tag for tag, _ in _audited()] == ["form-saved", "form-saved"]


def test_a_note_is_demanded_and_publishing_twice_counts_once(ragnas_browser: StrictClient) -> None:
    write(ragnas_browser, asking())
    path = f"{ALARM}/publiser"
    form = ragnas_browser.page(path).form(path)
    assert ragnas_browser.post(path, data=form | {"note": " "}).status_code == 422
    for _ in range(2):
        assert ragnas_browser.post(path, data=form | {"note": "Fall"}).status_code == 303
    assert [tag for tag, _ in _audited()] == ["form-saved", "form-published"]


def test_a_draft_is_thrown_away(ragnas_browser: StrictClient) -> None:
    write(ragnas_browser, asking())
    path = f"{ALARM}/forkast"
    form = ragnas_browser.page(f"{ALARM}/utkast").form(path)
    for _ in range(2):
        assert ragnas_browser.post(path, data=form).headers["Location"] == ALARM
    assert ragnas_browser.get(f"{ALARM}/utkast").status_code == 404


def test_only_a_superuser_of_the_municipality_comes_to_it(
    ragnas_browser: StrictClient, client_for: ClientFor, siri: StaffMember, kari: Person, nils: StaffMember
) -> None:
    write(ragnas_browser, asking())
    for path in ("/ansatt/skjema", ALARM, f"{ALARM}/rediger", f"{ALARM}/utkast", f"{ALARM}/forhandsvis"):
        assert client_for(siri).get(path).status_code == 403
        assert client_for(kari).get(path).status_code == 303
        assert client_for().get(path).status_code == 303


def test_the_neighbours_superuser_sees_nothing_of_it(
    ragnas_browser: StrictClient, client_for: ClientFor, nils: StaffMember, nord_fron: Municipality
) -> None:
    publish(ragnas_browser, asking())
    with db.as_municipality(nord_fron.id):
        give_roles(nils, Role.SUPERUSER)
        with db.read_only() as session:
            assert offered.in_force(session, clock.today()).versions["trygghetsalarm"] == 1
    neighbour = client_for(nils)
    assert neighbour.get(f"{ALARM}/versjon/1001").status_code == 404
    assert neighbour.get(f"{ALARM}/forhandsvis?versjon=1001").status_code == 404
    assert "Ragna" not in neighbour.page(ALARM).text


def test_no_page_sends_more_than_six_statements(ragnas_browser: StrictClient) -> None:
    publish(ragnas_browser, asking())
    write(ragnas_browser, asking("Mitt spørsmål?", version=1002))
    pages = ("", "/rediger", "/utkast", "/publiser", "/versjon/1001", "/forhandsvis", "/forhandsvis?versjon=1001")
    for path in ("/ansatt/skjema", *(f"{ALARM}{page}" for page in pages)):
        with count_statements() as statements:
            assert ragnas_browser.get(path).status_code == 200
        assert len(statements) <= 6, (path, statements)


def test_what_was_published_cannot_be_changed_even_in_the_database(ragnas_browser: StrictClient) -> None:
    publish(ragnas_browser, asking())
    for sql in ("UPDATE own_definition SET source = 'x'", "DELETE FROM own_definition"):
        with pytest.raises(DBAPIError, match="neither changed nor deleted"), db.transaction() as session:
            session.execute(text(sql))
