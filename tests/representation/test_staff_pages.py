"""The caseworker's pages: next of kin where the citizen cannot say so herself."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import select, update

from citizen_portal import clock, db
from citizen_portal.audit.models import EventTag
from citizen_portal.db import new_id
from citizen_portal.identity.models import Area, Person, Protection, Representation, StaffMember
from tests.messages.conftest import a_pdf
from tests.reading import StrictClient
from tests.representation.conftest import Browser
from tests.representation.test_pages import change, events, rows
from tests.statements import count_statements

OVERVIEW = "/ansatt/parorende"
NEW = f"{OVERVIEW}/ny"


def register(client: StrictClient, citizen: Person, relative: Person, **fields: Any) -> Any:
    """Fill in the form and send it."""
    said = {
        "principal": citizen.national_id,
        "representative": relative.national_id,
        "relation": "mother",
        "legal_basis": "no-capacity",
        "areas": ["visits", "health"],
        "until": f"{clock.today() + timedelta(days=400):%d.%m.%Y}",
        "document": (BytesIO(a_pdf("Vurdering av samtykkekompetanse")), "vurdering.pdf"),
        **fields,
    }
    return client.send(NEW, said, content_type="multipart/form-data")


def test_siri_registers_kari_by_law_and_document_and_kari_sees_her_mothers_page(
    siri: StaffMember, borghild: Person, kari: Person, browser: Browser
) -> None:
    client = browser(siri)
    assert register(client, borghild, kari).status_code == 303
    [made] = rows()
    assert (made.legal_basis, made.areas, made.relation) == (
        "pasient- og brukerrettighetsloven § 4-6",
        ["health", "visits"],
        "mother",
    )
    assert made.document_sha256
    assert made.registered_by_name == "Siri Haugen, Hjemmetjenesten"
    page = client.page(OVERVIEW)
    for words in ("Borghild Moen", "Kari Moen", "pasient- og brukerrettighetsloven § 4-6"):
        assert words in page.text
    assert client.get(f"{OVERVIEW}/{made.id}/dokument").data.startswith(b"%PDF-")
    assert len(events(EventTag.PERSON_SEARCHED)) == 2
    assert "Pårørende, registrert av kommunen" in browser(kari).page("/min-side/fullmakter").text


def test_what_is_wrong_is_said_kindly_and_no_number_comes_back(
    siri: StaffMember, borghild: Person, kari: Person, nora: Person, browser: Browser
) -> None:
    client = browser(siri)
    wrong = [
        ({"principal": "12345678901"}, "Vi finner ingen med dette nummeret"),
        ({"areas": ["economy"]}, "Denne hjemmelen dekker bare"),
        ({"until": "1.1.2099"}, "Dagen er for langt fram."),
        ({"legal_basis": "none"}, "Velg hjemmelen."),
        ({"document": (BytesIO(b"hello"), "vurdering.pdf")}, "Vi kan ikke bruke denne filen."),
    ]
    for fields, words in wrong:
        answer = register(client, borghild, kari, **fields)
        assert answer.status_code == 422
        assert words in answer.text
        assert borghild.national_id not in answer.text
    change(borghild, protection=Protection.CONFIDENTIAL)
    answer = register(client, borghild, kari)
    assert "Vi finner ingen med dette nummeret" in answer.text
    assert register(client, kari, nora).status_code == 303  # a child cannot: said on the next page
    assert "Dette kan ikke registreres." in client.page(OVERVIEW).text
    assert rows() == []


def test_whom_borghild_has_stopped_from_following_her_stays_stopped_when_staff_register_him_anew(
    siri: StaffMember, borghild: Person, kari: Person, browser: Browser
) -> None:
    client = browser(siri)
    register(client, borghild, kari)
    with db.transaction() as session:
        session.execute(update(Representation).values(visits_stopped_at=clock.now()))
    register(client, borghild, kari)
    assert [row.visits_stopped_at is not None for row in rows()] == [True, True]


def test_what_ends_within_sixty_days_is_a_task_until_it_is_renewed_or_ended(
    siri: StaffMember, borghild: Person, kari: Person, ola: Person, browser: Browser
) -> None:
    client = browser(siri)
    soon = f"{clock.today() + timedelta(days=59):%d.%m.%Y}"
    register(client, borghild, kari, until=soon)
    register(client, ola, kari)
    assert "1 pårørende må fornyes eller avsluttes" in client.page("/ansatt").text
    with count_statements() as sent:
        page = client.page(OVERVIEW)
    assert sent.in_all <= 6
    assert page.text.index("Må fornyes eller avsluttes") < page.text.index("Borghild") < page.text.index("Gjelder nå")
    due = next(row for row in rows() if row.principal_id == borghild.id)
    path = f"{OVERVIEW}/{due.id}/forny"
    assert "Skriv datoen" in client.send(path, of=path, content_type="multipart/form-data").text
    later = f"{clock.today() + timedelta(days=900):%d.%m.%Y}"
    assert (
        client.send(
            path, {"until": later, "areas": ["visits", "health"]}, of=path, content_type="multipart/form-data"
        ).status_code
        == 303
    )
    old, new = (
        next(r for r in rows() if (r.id == due.id) is is_old and r.principal_id == borghild.id)
        for is_old in (True, False)
    )
    assert old.revoked_by_name == "Siri Haugen"
    assert (new.document_sha256, new.areas) == (old.document_sha256, old.areas)
    assert "må fornyes eller avsluttes" not in client.page("/ansatt").text
    client.send(f"{OVERVIEW}/{new.id}/avslutt", of=OVERVIEW, action=f"{OVERVIEW}/{new.id}/avslutt")
    assert "Borghild Moen" not in client.page(OVERVIEW).text


def test_other_roles_and_the_neighbour_have_no_such_page(
    siri: StaffMember, jonas: StaffMember, nils: StaffMember, borghild: Person, kari: Person, browser: Browser
) -> None:
    register(browser(siri), borghild, kari)
    [made] = rows()
    assert browser(jonas).get(OVERVIEW).status_code == 403
    neighbour = browser(nils)
    assert "Borghild Moen" not in neighbour.page(OVERVIEW).text
    assert neighbour.get(f"{OVERVIEW}/{made.id}/dokument").status_code == 404
    assert neighbour.get(f"{OVERVIEW}/{new_id()}/forny").status_code == 404
    with db.read_only() as session:
        found = session.scalars(select(Representation).where(Representation.areas.contains([Area.VISITS.value])))
        assert len(found.all()) == 1
