"""Borghild cancels a visit from her phone; home care answers, and the record system hears of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from citizen_portal import clock, db
from citizen_portal.identity.models import Area, Person, StaffMember
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.changes.models import ChangeRequest
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.fhir import replies
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import VisitStatus
from tests.reading import Page, StrictClient
from tests.statements import count_statements
from tests.visits.conftest import NOON, Follow
from tests.visits.record import SYSTEM, CareRecord, appointment, at, without_gaps

ClientFor = Callable[..., StrictClient]
STAFF = "/ansatt/besok/onsker"
TOMORROW = NOON.date() + timedelta(days=1)
HOME_CARE = {"actor": {"type": "Organization", "display": "Hjemmetjenesten"}, "status": "accepted"}


def _planned(number: str, of: Person, clock_time: str = "13:00", status: str = "booked") -> dict[str, object]:
    start = at(clock_time, TOMORROW)
    planned = appointment(number, of.national_id, start, start + timedelta(hours=1), status, service="Medisin")
    planned["participant"].append(HOME_CARE)
    return planned


@pytest.fixture
def visit(care_record: CareRecord, borghild: Person, home_care: Unit, stored: Callable[[], list[Visit]]) -> Visit:
    """Borghild's visit tomorrow at 13."""
    care_record.must_push(_planned("1", borghild))
    return stored()[0]


def _path(visit: Visit) -> str:
    return f"/min-side/besok/endre/{visit.id}"


def test_borghild_cancels_and_home_care_says_yes(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, visit: Visit, stored: Callable[[], list[Visit]]
) -> None:
    borghilds = client_for(borghild)
    day = borghilds.page(f"/min-side/besok?dag={TOMORROW}")
    path = day.links["Avlys eller flytt"]
    assert path == _path(visit)
    form = {"kind": "cancel", "wish": "Jeg skal til legen 🙂"}
    assert borghilds.send(path, form).headers["Location"] == path
    assert "Du har bedt om å få besøket avlyst. Ikke besvart ennå." in borghilds.page(path).text
    assert "Bedt om avlysning" in borghilds.page(f"/min-side/besok?dag={TOMORROW}").links

    jonass = client_for(jonas)
    request = next(href for words, href in jonass.page(STAFF).links.items() if "Medisin" in words)
    assert "Jeg skal til legen 🙂" in jonass.page(request).text
    assert jonass.send(request, {"outcome": "yes", "text": "God bedring"}).headers["Location"] == STAFF
    assert "Ingen venter på svar." in jonass.page(STAFF).text

    assert stored()[0].status is VisitStatus.CANCELLED
    answered = borghilds.page(path).text
    assert "Det er bekreftet." in answered
    assert "God bedring" in answered
    with db.read_only() as session:
        assert [notice.occasion for notice in session.query(Notice)] == [Occasion.VISIT_CHANGE_ANSWERED]


def test_a_no_has_its_reason_and_the_visit_stays(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, visit: Visit, stored: Callable[[], list[Visit]]
) -> None:
    borghilds, jonass = client_for(borghild), client_for(jonas)
    borghilds.send(_path(visit), {"kind": "move", "wish": "Etter 15"})
    request = next(href for words, href in jonass.page(STAFF).links.items() if "Medisin" in words)
    refused = jonass.send(request, {"outcome": "no", "text": " "})
    assert refused.status_code == 422
    assert "#text" in Page(refused.text).links.values()
    jonass.send(request, {"outcome": "no", "text": "Vi har ikke folk da."})
    assert stored()[0].status is VisitStatus.PLANNED
    page = borghilds.page(_path(visit)).text
    assert "Det gikk ikke, så besøket blir som planlagt." in page
    assert "Vi har ikke folk da." in page


@pytest.mark.parametrize(
    ("typed", "field"), [({"wish": "x"}, "#kind"), ({"kind": "move", "wish": " "}, "#wish"), ({"kind": "y"}, "#kind")]
)
def test_what_lacks_is_said_at_its_field_and_kept(
    client_for: ClientFor, borghild: Person, visit: Visit, typed: dict[str, str], field: str
) -> None:
    refused = client_for(borghild).send(_path(visit), typed)
    assert refused.status_code == 422
    assert any(link.startswith(field) for link in Page(refused.text).links.values())


def test_the_record_system_polls_and_confirms_by_cancelling(
    client_for: ClientFor, borghild: Person, visit: Visit, care_record: CareRecord
) -> None:
    borghilds = client_for(borghild)
    borghilds.send(_path(visit), {"kind": "cancel", "wish": "Bortreist"})
    (entry,) = _poll(care_record)["entry"]
    reply = entry["resource"]
    assert reply["resourceType"] == "AppointmentResponse"
    assert reply["participantStatus"] == "declined"
    assert reply["appointment"]["identifier"] == {"system": SYSTEM, "value": "1"}
    assert reply["comment"] == "Bortreist"
    care_record.must_push(_planned("1", borghild, status="cancelled") | {"cancelationReason": {"text": "Avlyst"}})
    assert "Det er bekreftet." in borghilds.page(_path(visit)).text


def _poll(care_record: CareRecord, since: str = "ge2026-11-24T00:00:00+01:00", status: int = 200) -> dict[str, Any]:
    answer = care_record.client.get(
        f"/api/fhir/AppointmentResponse?_lastUpdated={quote(since)}",
        headers={"Authorization": f"Bearer {care_record.token()}"},
    )
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_poll_goes_on_where_the_page_before_ended(
    client_for: ClientFor, borghild: Person, care_record: CareRecord, home_care: Unit,
    stored: Callable[[], list[Visit]], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(replies, "PAGE_SIZE", 1)
    care_record.must_push(_planned("1", borghild), _planned("2", borghild, "15:00"))
    for visit in stored():
        client_for(borghild).send(_path(visit), {"kind": "cancel", "wish": ""})
    first = _poll(care_record)
    (following,) = (link["url"] for link in first["link"] if link["relation"] == "next")
    token = {"Authorization": f"Bearer {care_record.token()}"}
    second = care_record.client.get(urlsplit(following)._replace(scheme="", netloc="").geturl(), headers=token).json
    numbers = [
        entry["resource"]["appointment"]["identifier"]["value"] for page in (first, second) for entry in page["entry"]
    ]
    assert numbers == ["1", "2"]
    assert [link["relation"] for link in second["link"]] == ["self"]


@pytest.mark.parametrize("since", ["yesterday", "ge2026-11-24T00:00:00", "ge0001-01-01T00:00:00+14:00"])
def test_a_poll_without_an_instant_is_told_what_lacks(care_record: CareRecord, since: str) -> None:
    assert _poll(care_record, since, 400)["resourceType"] == "OperationOutcome"


def test_a_poll_where_nobody_has_asked_is_empty(care_record: CareRecord) -> None:
    assert "entry" not in _poll(care_record)


def test_borghild_takes_it_back_until_it_is_answered(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, visit: Visit, care_record: CareRecord
) -> None:
    borghilds, path = client_for(borghild), _path(visit)
    borghilds.send(path, {"kind": "cancel", "wish": ""})
    request = next(href for words, href in client_for(jonas).page(STAFF).links.items() if "Medisin" in words)
    borghilds.send(f"{path}/trekk", {}, of=path, action=f"{path}/trekk")
    assert _poll(care_record)["entry"][0]["resource"]["participantStatus"] == "accepted"
    assert "Innbyggeren har tatt det tilbake." in client_for(jonas).page(request).text
    again = borghilds.send(path, {"kind": "cancel", "wish": ""})
    assert again.status_code == 303
    assert "Ikke besvart ennå." in borghilds.page(path).text


def test_a_message_sent_twice_counts_once(client_for: ClientFor, borghild: Person, visit: Visit) -> None:
    borghilds, path = client_for(borghild), _path(visit)
    form = borghilds.page(path).form(path) | {"kind": "cancel", "wish": "x"}
    assert borghilds.post(path, data=form).status_code == borghilds.post(path, data=form).status_code == 303
    with db.read_only() as session:
        assert session.query(ChangeRequest).count() == 1


def test_what_is_asked_of_a_visit_of_no_known_unit_is_answered_by_whoever_sees_it_first(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, care_record: CareRecord, visit: Visit,
    stored: Callable[[], list[Visit]],
) -> None:  # fmt: skip
    planned = _planned("2", borghild, "15:00")
    care_record.must_push(planned | {"participant": planned["participant"][:1]})  # type: ignore[index]
    client_for(borghild).send(_path(stored()[1]), {"kind": "cancel", "wish": "Bortreist"})
    jonass = client_for(jonas)
    request = next(href for words, href in jonass.page(STAFF).links.items() if "Medisin" in words)
    jonass.send(request, {"outcome": "yes", "text": ""})
    assert stored()[1].status is VisitStatus.CANCELLED


def test_what_borghild_asked_for_is_no_deviation_though_the_record_system_is_slow_to_do_it(
    client_for: ClientFor, borghild: Person, visit: Visit, care_record: CareRecord
) -> None:
    client_for(borghild).send(_path(visit), {"kind": "cancel", "wish": "Bortreist"})
    with clock.frozen(at("11:30", TOMORROW)):
        care_record.must_push(_planned("1", borghild, status="cancelled"))
        with db.transaction() as session:
            assert watch(session).opened == []


def test_what_is_asked_of_a_visit_that_was_a_mistake_can_still_be_looked_at(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, visit: Visit, care_record: CareRecord
) -> None:
    client_for(borghild).send(_path(visit), {"kind": "cancel", "wish": "Bortreist"})
    request = next(href for words, href in client_for(jonas).page(STAFF).links.items() if "Medisin" in words)
    wrong = _planned("1", borghild, status="entered-in-error") | {"start": ..., "end": ...}
    care_record.must_push(without_gaps(wrong))
    assert "Bortreist" in client_for(jonas).page(request).text
    client_for(borghild).page(_path(visit), status=404)


def test_after_the_cut_off_only_a_call_helps(client_for: ClientFor, borghild: Person, visit: Visit) -> None:
    borghilds, path = client_for(borghild), _path(visit)
    form = borghilds.page(path).form(path) | {"kind": "cancel", "wish": ""}
    with clock.frozen(at("06:00", TOMORROW)):
        late = client_for(borghild)
        page = late.page(path)
        assert "kan ikke lenger endres her" in page.text
        assert page.links["Ring Hjemmetjenesten, 61 28 31 00"] == "tel:61283100"
        token = late.page("/min-side/besok").form("/logg-ut")["csrf_token"]
        assert late.post(path, data=form | {"csrf_token": token}).status_code == 303
    with db.read_only() as session:
        assert session.query(ChangeRequest).count() == 0


def test_who_only_follows_sees_and_does_not_cancel(
    client_for: ClientFor, kari: Person, ola: Person, borghild: Person, visit: Visit, follows: Follow
) -> None:
    follows(kari, borghild)
    assert "Avlys eller flytt" not in client_for(kari).page(f"/min-side/besok/{borghild.id}?dag={TOMORROW}").links
    client_for(kari).page(_path(visit), status=404)
    client_for(ola).page(_path(visit), status=404)
    follows(kari, borghild, area=Area.HEALTH)
    assert client_for(kari).page(_path(visit)).h1 == "Avlys eller flytt et besøk"


def test_another_unit_and_the_neighbours_find_nothing(
    client_for: ClientFor, borghild: Person, astrid: StaffMember, siri: StaffMember, visit: Visit
) -> None:
    client_for(borghild).send(_path(visit), {"kind": "cancel", "wish": ""})
    with db.read_only() as session:
        request = session.query(ChangeRequest).one()
    client_for(astrid).page(STAFF, status=403)
    assert "Medisin" in client_for(siri).page(f"{STAFF}/{request.id}").text


def test_a_page_asks_few_statements(client_for: ClientFor, borghild: Person, visit: Visit) -> None:
    borghilds = client_for(borghild)
    borghilds.page(_path(visit))
    with count_statements() as statements:
        borghilds.get(f"/min-side/besok?dag={TOMORROW}")
    assert len(statements) <= 6
