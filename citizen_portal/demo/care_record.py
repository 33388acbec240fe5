"""The demo's care record system: it plans home-care visits, lets them happen, and pushes what it knows to the real API.

Who is visited when is the same for the same seed, and what has happened is what the clock says: a visit that is planned
for later today is planned, and becomes done when somebody has come. Run: `python -m citizen_portal.demo.care_record`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as wall_clock
from enum import StrEnum
from random import Random
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx
from joserfc import jwt

from citizen_portal import clock
from citizen_portal.config import Settings, demand_demo, load_settings
from citizen_portal.demo.idporten.config import CARE_RECORD_CLIENT, VISITS_SCOPE, demo_key
from citizen_portal.demo.organisations import DEMO_ORGANISATIONS
from citizen_portal.demo.people import HOME_CARE, DemoPerson, all_citizens
from citizen_portal.demo.seed.municipalities import MUNICIPALITIES, DemoMunicipality

VISIT_SYSTEM: Final = "https://epj.demo.invalid/besok"
NATIONAL_ID_SYSTEM: Final = "urn:oid:2.16.578.1.12.4.1.4.1"
ORGANISATION_SYSTEM: Final = "urn:oid:2.16.578.1.12.4.1.4.101"
CANCELLATION_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
HISTORY = timedelta(days=28)
PLANNED_AHEAD = timedelta(days=7)
"""Visits are booked a week before they begin."""
CALLED_OFF_AHEAD = timedelta(hours=3)
SETS_OUT_AHEAD = timedelta(minutes=8)
FORGOTTEN_SINCE = timedelta(minutes=75)
VISITED_FROM_AGE = 75
ENTRIES_PER_PUSH = 200
POLL_SECONDS = 60
RETRY_SECONDS = 5

ROUTINES: Final = {
    "Morgenstell": (wall_clock(8), wall_clock(9)),
    "Medisin": (wall_clock(13), wall_clock(14)),
    "Middag": (wall_clock(15, 30), wall_clock(16, 15)),
    "Kveldsstell": (wall_clock(20), wall_clock(21)),
}
VISITORS: Final = {
    "Morgenstell": "Helsefagarbeider",
    "Medisin": "Sykepleier",
    "Middag": "Hjemmehjelp",
    "Kveldsstell": "Helsefagarbeider",
}
"""Who comes, as the record system says it."""
INSTRUCTIONS: Final = {"Kveldsstell": "Vi låser døra når vi går."}
"""Words to the care recipient."""
BORGHILDS_DAY: Final = ("Morgenstell", "Medisin", "Kveldsstell")
BORGHILDS_MORNING: Final = wall_clock(8, 12)
_ONE_IN_FOUR_WEEKS, _MISSED_DAY = 28, 11


class Fate(StrEnum):
    """What becomes of a planned visit."""

    ON_TIME = "on time"
    LATE = "late"
    MISSED = "missed"
    NOT_HOME = "not home"
    CANCELLED = "cancelled"


_CHANCES: Final = {Fate.ON_TIME: 87, Fate.LATE: 7, Fate.CANCELLED: 3, Fate.NOT_HOME: 2, Fate.MISSED: 1}


@dataclass(frozen=True, slots=True)
class SimulatedVisit:
    """A visit as the care record system knows it, with what will become of it. `comes_at` is when somebody is there."""

    number: str
    national_id: str = field(repr=False)
    service: str
    planned_start: datetime
    planned_end: datetime
    fate: Fate
    comes_at: datetime
    leaves_at: datetime
    organisation_number: str = ""


def simulated_visits(
    people: Iterable[DemoPerson], first: date, last: date, seed: int = 3439
) -> Iterator[SimulatedVisit]:
    """The visits of the people from one day to another, both included; a day's visits do not depend on the period."""
    for person in people:
        services = _services_of(person, seed)
        for number in range((last - first).days + 1):
            for service in services:
                yield _visit(person, first + timedelta(days=number), service, seed)


def care_recipients(municipality_number: str, on: date) -> list[DemoPerson]:
    """The demo's citizens of the municipality whom home care visits: those of 75 years or more."""
    return [
        person
        for person in all_citizens()
        if person.municipality_number == municipality_number and on.year - person.birth_date.year >= VISITED_FROM_AGE
    ]


def known_entries(
    visits: Iterable[SimulatedVisit], at: datetime, since: datetime | None = None
) -> list[dict[str, Any]]:
    """What is known at an instant of the visits, as entries of a transaction; only what is news after `since`."""
    entries = [entry for visit in visits for entry in (_appointment(visit, at), _encounter(visit, at)) if entry]
    return [entry for changed_at, entry in entries if since is None or changed_at > since]


def forgotten_visit(person: DemoPerson, at: datetime) -> SimulatedVisit:
    """A visit that should have been done a while ago and that nobody signs off: so that the unit sees a late one, at
    whatever hour the demo begins."""
    start = at.replace(second=0, microsecond=0) - FORGOTTEN_SINCE
    return SimulatedVisit(
        number=uuid5(NAMESPACE_URL, f"{VISIT_SYSTEM}/{person.key}/{clock.to_oslo(start).date()}/forgotten").hex[:12],
        national_id=person.national_id,
        service="Tilsyn",
        planned_start=start,
        planned_end=start + timedelta(minutes=30),
        fate=Fate.MISSED,
        comes_at=start,
        leaves_at=start,
        organisation_number=DEMO_ORGANISATIONS[person.municipality_number],
    )


def transaction_bundle(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The entries as a FHIR transaction."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Push four weeks of history and a week's plan for each municipality, then what is new each minute, until stopped.

    Raises:
        ConfigurationError: in production.
    """
    demand_demo(settings)
    with httpx.Client(timeout=30) as http:
        senders = [Sender(settings, known, http) for known in MUNICIPALITIES]
        while True:
            for sender in senders:
                try:
                    pushed = sender.push_news()
                except httpx.HTTPError as error:
                    say(f"{sender.municipality.name}: {type(error).__name__}, trying again")
                else:
                    if pushed:
                        say(f"{sender.municipality.name}: {pushed} reports")
            is_up = all(sender.pushed_until for sender in senders)
            time.sleep(POLL_SECONDS if is_up else RETRY_SECONDS)


class Sender:
    """Pushes one municipality's visits. What could not be pushed is news still; what is pushed twice does no harm."""

    def __init__(self, settings: Settings, municipality: DemoMunicipality, http: httpx.Client) -> None:
        self.municipality = municipality
        self.pushed_until: datetime | None = None
        self._settings = settings
        self._http = http
        self._organisation_number = DEMO_ORGANISATIONS[municipality.number]
        self._began_at = clock.now()

    def push_news(self) -> int:
        """Push what happened since the last time, or all that is known; how many reports that was.

        Raises:
            httpx.HTTPError: the portal or the token issuer does not answer, or says no.
        """
        now, today = clock.now(), clock.today()
        people = care_recipients(self.municipality.number, today)
        others = [person for person in people if person.key != "borghild"]  # whose days are told in the story
        visits = [
            *simulated_visits(people, today - HISTORY, today + PLANNED_AHEAD),
            *(forgotten_visit(person, self._began_at) for person in others[-1:]),
        ]
        nearest_first = sorted(visits, key=lambda visit: abs(visit.planned_start - now))
        entries = known_entries(nearest_first, now, self.pushed_until)
        for start in range(0, len(entries), ENTRIES_PER_PUSH):
            self.push(transaction_bundle(entries[start : start + ENTRIES_PER_PUSH]))
        self.pushed_until = now
        return len(entries)

    def push(self, bundle: dict[str, Any]) -> None:
        """Send one transaction. Raises httpx.HTTPError when the portal says no."""
        port = self._settings.port
        self._http.post(
            f"http://127.0.0.1:{port}/api/fhir",  # by number: not every machine resolves names under .localhost
            json=bundle,
            headers={
                "Host": f"{self.municipality.slug}.localhost:{port}",
                "Authorization": f"Bearer {self._token()}",
                "Content-Type": "application/fhir+json",
            },
        ).raise_for_status()

    def _token(self) -> str:
        """A token by Maskinporten's jwt-bearer grant (RFC 7523)."""
        issuer = self._settings.maskinporten_issuers[0]
        metadata = self._http.get(f"{issuer.rstrip('/')}/.well-known/oauth-authorization-server").raise_for_status()
        key = demo_key(self._settings.instance, "care-record")
        now = int(clock.now().timestamp())
        claims = {
            "aud": issuer,
            "iss": CARE_RECORD_CLIENT,
            "scope": VISITS_SCOPE,
            "resource": self._settings.api_audience,
            "consumer_org": self._organisation_number,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid4()),
        }
        assertion = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        answer = self._http.post(metadata.json()["token_endpoint"], data=form).raise_for_status()
        token: str = answer.json()["access_token"]
        return token


def _services_of(person: DemoPerson, seed: int) -> Sequence[str]:
    if person.key == "borghild":
        return BORGHILDS_DAY
    randomness = Random(f"{seed} {person.key}")
    chosen = randomness.sample(list(ROUTINES), randomness.randint(1, 3))
    return [service for service in ROUTINES if service in chosen]


def _visit(person: DemoPerson, day: date, service: str, seed: int) -> SimulatedVisit:
    randomness = Random(f"{seed} {person.key} {day} {service}")
    start, end = (clock.from_oslo(datetime.combine(day, moment)) for moment in ROUTINES[service])
    fate = randomness.choices(list(_CHANCES), list(_CHANCES.values()))[0]
    window = (end - start) // timedelta(minutes=1)
    minutes = window + randomness.randint(10, 45) if fate is Fate.LATE else randomness.randint(2, window - 15)
    comes_at = start + timedelta(minutes=minutes)
    if person.key == "borghild":
        is_missed = service == "Kveldsstell" and day.toordinal() % _ONE_IN_FOUR_WEEKS == _MISSED_DAY
        fate = Fate.MISSED if is_missed else Fate.ON_TIME if fate is Fate.MISSED else fate
        if service == "Morgenstell":
            fate, comes_at = Fate.ON_TIME, clock.from_oslo(datetime.combine(day, BORGHILDS_MORNING))
    return SimulatedVisit(
        number=uuid5(NAMESPACE_URL, f"{VISIT_SYSTEM}/{person.key}/{day}/{service}").hex[:12],
        national_id=person.national_id,
        service=service,
        planned_start=start,
        planned_end=end,
        fate=fate,
        comes_at=comes_at,
        leaves_at=comes_at + timedelta(minutes=randomness.randint(8, 30)),
        organisation_number=DEMO_ORGANISATIONS[person.municipality_number],
    )


def _appointment(visit: SimulatedVisit, at: datetime) -> tuple[datetime, dict[str, Any]] | None:
    """The plan as it stands at the instant, with when it last changed; None before it is booked."""
    history = [(visit.planned_start - PLANNED_AHEAD, "booked")]
    if visit.fate is Fate.CANCELLED:
        history.append((visit.planned_start - CALLED_OFF_AHEAD, "cancelled"))
    elif visit.fate is Fate.NOT_HOME:
        history.append((visit.comes_at, "noshow"))
    elif visit.fate is not Fate.MISSED:
        history += [(visit.comes_at - SETS_OUT_AHEAD, "arrived"), (visit.comes_at, "fulfilled")]
    past = [(changed_at, status) for changed_at, status in history if changed_at <= at]
    if not past:
        return None
    changed_at, status = past[-1]
    resource: dict[str, Any] = {
        "status": status,
        "serviceType": [{"text": visit.service}],
        "start": visit.planned_start.isoformat(),
        "end": visit.planned_end.isoformat(),
        "participant": [
            {"actor": {"type": "Patient", "identifier": _national_id(visit)}, "status": "accepted"},
            {"actor": {"type": "Organization", **_home_care(visit)}, "status": "accepted"},
        ],
    }
    if visit.service in VISITORS:
        visitor = {"type": [{"text": VISITORS[visit.service]}], "actor": {"type": "Practitioner"}, "status": "accepted"}
        resource["participant"].append(visitor)
    if visit.service in INSTRUCTIONS:
        resource["patientInstruction"] = INSTRUCTIONS[visit.service]
    if status == "cancelled":
        code = "pat" if visit.service == "Middag" else "prov"
        resource["cancelationReason"] = {"coding": [{"system": CANCELLATION_SYSTEM, "code": code}]}
    return changed_at, _entry("Appointment", visit, changed_at, len(past), resource)


def _encounter(visit: SimulatedVisit, at: datetime) -> tuple[datetime, dict[str, Any]] | None:
    """The visit itself as it stands at the instant, with when it last changed; None before somebody came."""
    if visit.fate not in (Fate.ON_TIME, Fate.LATE) or at < visit.comes_at:
        return None
    is_over = at >= visit.leaves_at
    changed_at = visit.leaves_at if is_over else visit.comes_at
    period = {"start": visit.comes_at.isoformat()} | ({"end": visit.leaves_at.isoformat()} if is_over else {})
    resource = {
        "status": "finished" if is_over else "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
        "serviceType": {"text": visit.service},
        "subject": {"type": "Patient", "identifier": _national_id(visit)},
        "appointment": [{"identifier": {"system": VISIT_SYSTEM, "value": visit.number}}],
        "period": period,
        "serviceProvider": _home_care(visit),
    }
    return changed_at, _entry("Encounter", visit, changed_at, 2 if is_over else 1, resource)


def _entry(
    resource_type: str, visit: SimulatedVisit, changed_at: datetime, version: int, resource: dict[str, Any]
) -> dict[str, Any]:
    return {
        "resource": {
            "resourceType": resource_type,
            "meta": {"versionId": str(version), "lastUpdated": changed_at.isoformat()},
            "identifier": [{"system": VISIT_SYSTEM, "value": visit.number}],
            **resource,
        },
        "request": {"method": "PUT", "url": f"{resource_type}?identifier={quote(VISIT_SYSTEM)}|{visit.number}"},
    }


def _national_id(visit: SimulatedVisit) -> dict[str, str]:
    return {"system": NATIONAL_ID_SYSTEM, "value": visit.national_id}


def _home_care(visit: SimulatedVisit) -> dict[str, Any]:
    return {
        "identifier": {"system": ORGANISATION_SYSTEM, "value": visit.organisation_number},
        "display": HOME_CARE,
    }


if __name__ == "__main__":
    import click

    run(load_settings(), click.echo)
