"""A care record system as the tests play it: it makes resources, signs tokens and pushes."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
from werkzeug.test import TestResponse

from citizen_portal import clock
from citizen_portal.config import Settings
from citizen_portal.identity.maskinporten import TokenVerifier
from tests.identity.fake_provider import FakeProvider, make_key
from tests.reading import StrictClient

SYSTEM = "https://epj.example/besok"
NATIONAL_ID = "urn:oid:2.16.578.1.12.4.1.4.1"
ORGANISATION = "urn:oid:2.16.578.1.12.4.1.4.101"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
Json = dict[str, Any]


def at(clock_time: str, day: date | None = None) -> datetime:
    """`at("08:12")` is that time today on a Norwegian clock."""
    return clock.from_oslo(datetime.combine(day or clock.today(), time.fromisoformat(clock_time)))


def without_gaps(resource: Mapping[str, Any]) -> Json:
    """The resource without the elements whose value is `...`."""
    return {name: value for name, value in resource.items() if value is not ...}


def meta(updated_at: datetime | None = None, version: int | None = None) -> Any:
    """`Resource.meta`, or nothing."""
    told: Json = {}
    if updated_at:
        told["lastUpdated"] = updated_at.isoformat()
    if version is not None:
        told["versionId"] = str(version)
    return told or ...


def patient(national_id: str, system: str = NATIONAL_ID) -> Json:
    """A Reference to the patient."""
    return {"type": "Patient", "identifier": {"system": system, "value": national_id}}


def appointment(
    number: str,
    of: str,
    start: datetime,
    end: datetime,
    status: str = "booked",
    service: str = "Morgenstell",
    **changes: Any,
) -> Json:
    """An Appointment of the patient with the national id `of`."""
    return without_gaps(
        {
            "resourceType": "Appointment",
            "identifier": [{"system": SYSTEM, "value": number}],
            "status": status,
            "serviceType": [{"text": service}],
            "start": start.isoformat(),
            "end": end.isoformat(),
            "participant": [{"actor": patient(of), "status": "accepted"}],
            **changes,
        }
    )


def encounter(
    number: str, of: str, start: datetime, end: datetime | None = None, status: str = "finished", **changes: Any
) -> Json:
    """An Encounter of the patient with the national id `of`."""
    return without_gaps(
        {
            "resourceType": "Encounter",
            "identifier": [{"system": SYSTEM, "value": number}],
            "status": status,
            "class": {"system": ACT_CODE, "code": "HH"},
            "subject": patient(of),
            "period": {"start": start.isoformat()} | ({"end": end.isoformat()} if end else {}),
            **changes,
        }
    )


def put(resource: Json) -> Json:
    """The entry that puts a resource by its first identifier."""
    identifier = resource["identifier"][0]
    url = f"{resource['resourceType']}?identifier={identifier['system']}|{identifier['value']}"
    return {"resource": resource, "request": {"method": "PUT", "url": url}}


def bundle(*resources: Json) -> Json:
    """A transaction that puts the resources."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": [put(resource) for resource in resources]}


class CareRecord:
    """A source system with a key that the token issuer knows."""

    KEY = make_key("maskinporten-1")

    def __init__(self, client: StrictClient, settings: Settings, organisation_number: str) -> None:
        self.client = client
        self.settings = settings
        self.organisation_number = organisation_number
        self.issuer = settings.maskinporten_issuers[0]
        self.provider = FakeProvider(self.KEY)
        metadata = {"issuer": self.issuer, "token_endpoint": f"{self.issuer}token", "jwks_uri": f"{self.issuer}jwks"}
        keys = {"keys": [self.KEY.as_dict(private=False)]}
        self.provider.answers["/maskinporten/.well-known/oauth-authorization-server"] = httpx.Response(
            200, json=metadata
        )
        self.provider.answers["/maskinporten/jwks"] = httpx.Response(200, json=keys)
        verifier = TokenVerifier.for_issuers((self.issuer,), settings.api_audience, self.provider.http)
        client.application.extensions["portal.token_verifier"] = verifier

    def token(self, **changes: Any) -> str:
        """A token as Maskinporten gives, with claims changed, or left out where `...`."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "scope": "portal:visits.write",
            "client_id": "care-record",
            "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{self.organisation_number}"},
            "aud": self.settings.api_audience,
            "iat": now,
            "exp": now + 120,
            "jti": str(uuid4()),
        }
        return self.provider.signed(without_gaps(claims | changes))

    def push(self, *resources: Json) -> TestResponse:
        """Push the resources in one transaction."""
        return self.send(bundle(*resources))

    def send(self, body: Json | bytes, *, token: str | None = None, **headers: str) -> TestResponse:
        """Send a body, whatever it is."""
        return self.client.post(
            "/api/fhir",
            data=body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {token or self.token()}",
                "Content-Type": "application/fhir+json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def put(self, resource: Json, *, to: str | None = None, query: str | None = None, **headers: str) -> TestResponse:
        """Put one resource alone, by its own identifier unless a query says otherwise."""
        identifier = resource["identifier"][0]
        asked = f"identifier={quote(identifier['system'])}|{identifier['value']}" if query is None else query
        return self.put_body(json.dumps(resource).encode(), to or resource["resourceType"], asked, **headers)

    def put_body(self, body: bytes, resource_type: str, query: str, **headers: str) -> TestResponse:
        """Put a body, whatever it is."""
        return self.client.put(
            f"/api/fhir/{resource_type}?{query}",
            data=body,
            headers={
                "Authorization": f"Bearer {self.token()}",
                "Content-Type": "application/fhir+json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def search(self, resource_type: str, query: str = "", **claims: Any) -> TestResponse:
        """Search for what was pushed."""
        return self.client.get(
            f"/api/fhir/{resource_type}?{query}", headers={"Authorization": f"Bearer {self.token(**claims)}"}
        )

    def must_push(self, *resources: Json) -> list[str]:
        """Push the resources, and see that all is well; the status of each entry."""
        answer = self.push(*resources)
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/fhir+json"
        return [entry["response"]["status"] for entry in answer.json.get("entry", [])]


def issues(answer: TestResponse) -> list[tuple[str, str | None]]:
    """Code and place of each issue in an OperationOutcome."""
    assert answer.mimetype == "application/fhir+json", answer.text
    assert answer.json["resourceType"] == "OperationOutcome"
    return [(issue["code"], issue.get("expression", [None])[0]) for issue in answer.json["issue"]]
