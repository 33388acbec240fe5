"""The five walks: citizen, caseworker, relative, machine, archivist, on a phone and on a desktop."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from citizen_portal import clock
from citizen_portal.demo.care_record import Sender, transaction_bundle
from citizen_portal.demo.people import named_citizens
from citizen_portal.demo.seed.municipalities import MUNICIPALITIES
from tests.browser.conftest import Portal, Walker
from tests.conftest import schemas_folder

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Walker]


def _photo() -> dict[str, object]:
    picture = io.BytesIO()
    Image.new("RGB", (600, 800), "ivory").save(picture, "JPEG")
    return {"name": "legeerklæring.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}


def _apply(ola: Walker) -> str:
    """Ola applies for a safety alarm, from the public page on, and forgets an answer on the way; the case number."""
    ola.goes_to("/soknad/trygghetsalarm")
    start = ola.page.get_by_role("button", name="Logg inn og start")
    start.or_(ola.page.get_by_role("link", name="Logg inn og start")).first.click()
    ola.chooses_to_be("Ola Nordli")
    if "steg" not in ola.page.url:
        ola.presses("Start")
    ola.presses("Neste")
    ola.sees("Velg hvem som skal ha alarmen")
    ola.ticks("Jeg selv")
    ola.presses("Neste")
    ola.page.get_by_role("textbox").first.fill("Jeg har falt to ganger på badet i høst.")
    ola.ticks("Ja", exact=True)
    ola.ticks("nøkkelboks")
    ola.presses("Neste")
    ola.page.get_by_label("Telefon").first.fill("40 00 00 00")
    ola.ticks("Nei, spør meg")
    ola.ticks("Jeg har svart så riktig jeg kan")
    ola.presses("Neste")
    ola.sees("Jeg har falt to ganger på badet i høst.")
    ola.presses("Send søknaden")
    ola.sees("Vi har mottatt søknaden")
    number = re.search(r"\d{4}/\d+", ola.page.locator("main").inner_text())
    assert number
    return number[0]


def test_a_citizen_applies_and_writes_with_the_caseworker(walker: Open) -> None:
    ola, siri = walker(), walker()
    number = _apply(ola)
    with ola.page.expect_download() as download:
        ola.page.get_by_role("link", name=re.compile("PDF")).first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    ola.follows("Gå til Min side")
    ola.sees("Under arbeid", "Søknad om trygghetsalarm")

    siri.logs_in_as("Siri Haugen", at="/ansatt?liste=ufordelt")
    siri.page.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    siri.page.wait_for_load_state()
    siri.reads()
    siri.sees(number, "Jeg har falt to ganger på badet i høst.")
    siri.presses("Ta saken")
    siri.page.get_by_role("textbox", name=re.compile("Melding", re.IGNORECASE)).first.fill(
        "Hei, Ola. Kan du sende oss legeerklæringen?"
    )
    siri.presses("Send")

    ola.goes_to("/min-side")
    ola.follows("Ny melding fra Hjemmetjenesten")
    ola.sees("Kan du sende oss legeerklæringen?")
    ola.page.get_by_role("textbox").first.fill("Her er den.")
    ola.page.locator("input[type=file]").set_input_files(_photo())  # type: ignore[arg-type]
    ola.presses("Send")
    ola.sees("Her er den.", "legeerklæring.jpg")
    ola.goes_to("/min-side")
    assert ola.page.get_by_text("Ny melding fra").count() == 0

    siri.page.reload()
    siri.reads()
    siri.sees("Her er den.", "legeerklæring.jpg")


def _newest_morning() -> date:
    """The day of the newest 08:12 that has been: before a quarter past eight it was yesterday's."""
    now = clock.to_oslo(clock.now())
    return now.date() if (now.hour, now.minute) >= (8, 13) else now.date() - timedelta(days=1)


def test_a_daughter_sees_that_the_nurse_has_been_with_her_mother(walker: Open) -> None:
    kari, day = walker(), _newest_morning()
    kari.logs_in_as("Kari Moen")
    kari.sees("Mamma i dag", "Borghild Moen")
    kari.follows("Se hele uka")
    kari.goes_to(re.sub(r"^https?://[^/]+", "", kari.page.url).split("?")[0] + f"?dag={day.isoformat()}")
    kari.sees("Morgenstell", "08:12", "planlagt 08:00–09:00", "utført")


def test_a_stronger_login_is_asked_for_before_visits_are_shown(walker: Open) -> None:
    kari = walker()
    kari.logs_in_as("Kari Moen", level="Betydelig")
    assert kari.page.get_by_text("Morgenstell").count() == 0
    kari.page.get_by_role("link", name="Se besøk").first.click()
    kari.chooses_to_be("Kari Moen", level="Høyt")
    kari.sees("Borghild Moen")


def test_a_care_record_system_pushes_a_visit_that_the_relative_sees_at_once(walker: Open, portal: Portal) -> None:
    settings = portal.settings
    borghild = next(person for person in named_citizens() if person.key == "borghild")
    number, now = uuid4().hex[:8], clock.now()
    visit = {
        "resourceType": "Encounter",
        "identifier": [{"system": "https://epj.example/besok", "value": number}],
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
        "serviceType": {"text": f"Sårstell {number}"},
        "subject": {"identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": borghild.national_id}},
        "period": {"start": (now - timedelta(minutes=9)).isoformat(), "end": now.isoformat()},
    }
    query = f"Encounter?identifier=https://epj.example/besok|{number}"
    entry = {"fullUrl": f"urn:uuid:{uuid4()}", "resource": visit, "request": {"method": "PUT", "url": query}}
    with httpx.Client(timeout=30) as http:
        Sender(settings, MUNICIPALITIES[0], http).push(transaction_bundle([entry]))
        refused = http.post(
            f"http://127.0.0.1:{portal.port}/api/fhir",
            json=transaction_bundle([entry]),
            headers={"Host": f"ringebu.localhost:{portal.port}", "Authorization": "Bearer not.a.token"},
        )
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, "application/problem+json")
    kari = walker()
    kari.logs_in_as("Kari Moen", at=f"/min-side/besok?dag={clock.to_oslo(now - timedelta(minutes=9)).date()}")
    kari.sees(f"Sårstell {number}")


def test_an_archivist_reads_the_journal_and_delivers_a_deposit(walker: Open, portal: Portal, tmp_path: Path) -> None:
    astrid = walker()
    astrid.logs_in_as("Astrid Lien", at="/ansatt")
    astrid.follows("Journal")
    astrid.sees("Saksframlegg")
    astrid.page.get_by_role("row").nth(1).get_by_role("link").first.click()
    astrid.page.wait_for_load_state()
    astrid.reads()
    astrid.sees("Dokumenter")
    schemas = schemas_folder()
    if schemas is None:
        assert os.environ.get("PORTAL_REQUIRE_SCHEMAS") != "1", "the official schemas are missing"
        return
    year, out = clock.today().year, tmp_path / "deposit"
    period = ["--from", f"{year - 1}-01-01", "--to", f"{year}-12-31"]
    _portal_command(portal, schemas, "archive", "export", "--municipality", "3439", *period, "--out", str(out))
    assert "No findings." in _portal_command(portal, schemas, "archive", "check", str(out))


def test_staff_of_the_neighbour_municipality_have_no_access_here(walker: Open) -> None:
    nils = walker()
    nils.logs_in_as("Nils Bakken", at="/ansatt")
    nils.sees("tilgang")
    at_home = walker(host="nord-fron")
    at_home.logs_in_as("Nils Bakken", at="/ansatt")
    at_home.sees("Hjemmetjenesten")


def _portal_command(portal: Portal, schemas: Path, *arguments: str) -> str:
    environment = os.environ | {"PORTAL_INSTANCE": str(portal.instance), "PORTAL_NOARK5_SCHEMAS": str(schemas)}
    command = [sys.executable, "-m", "citizen_portal.cli", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
