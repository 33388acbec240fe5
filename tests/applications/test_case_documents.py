"""What Kari can save of her case: what she sent, and what was written to her about it."""

from io import BytesIO

import pytest

from citizen_portal import db
from citizen_portal.applications import service
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.models import Application
from citizen_portal.applications.preliminary import service as preliminary
from citizen_portal.applications.tasks import service as tasks
from citizen_portal.applications.tasks.service import Asked
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person, StaffMember
from tests.applications.conftest import archive, draft, sent
from tests.applications.decisions.conftest import read_now, send, write
from tests.applications.files.conftest import kari_acts, karis_application, siri_acts
from tests.conftest import ClientFor
from tests.messages.conftest import a_pdf
from tests.reading import StrictClient
from tests.staff.conftest import karis_browser, siris_browser
from tests.statements import count_statements
from tests.tasks.conftest import working_day

__all__ = ["archive", "draft", "kari_acts", "karis_application", "karis_browser", "sent", "siri_acts", "siris_browser"]


@pytest.fixture
def answered(karis_application: Application, siri_acts: Staff) -> Application:
    """Kari's application: Siri has asked for something and sent a preliminary reply."""
    asked = Asked(new_id(), "Send inn legeerklæring", "Vi må vite om diagnosen.", (), working_day(13))
    with db.transaction() as session:
        service.pick_up(session, siri_acts, karis_application.id)
    with db.transaction() as session:
        tasks.give(session, siri_acts, karis_application.id, asked)
    with db.transaction() as session:
        preliminary.send(session, siri_acts, karis_application.id, "Du får svar innen 18. desember.")
    return karis_application


def _links(browser: StrictClient, application: Application) -> dict[str, str]:
    """The documents on the page of the case: what is said of each, and where it leads."""
    links = browser.page(f"/min-side/soknader/{application.id}").links
    return {said.split(",")[0].split(" (")[0]: to for said, to in links.items() if "/dokument/" in to}


def test_what_we_asked_for_and_replied_stands_with_what_kari_sent(
    answered: Application, karis_browser: StrictClient
) -> None:
    links = _links(karis_browser, answered)
    assert list(links) == ["Søknad om trygghetsalarm", "Forespørsel om opplysninger", "Foreløpig svar"]
    for link in links.values():
        assert karis_browser.get(link).data.startswith(b"%PDF")
    letter = karis_browser.get(links["Foreløpig svar"])
    assert 'filename="brev-2026-1-3.pdf"' in letter.headers["Content-Disposition"]
    receipt = karis_browser.page(f"/min-side/soknader/{answered.id}/kvittering").links
    (copy,) = (said for said, to in receipt.items() if "/dokument/" in to)
    assert copy.startswith("Lagre en kopi av søknaden (PDF")


def test_the_answer_to_an_appeal_stands_there_with_the_letter(
    karis_application: Application,
    kari_acts: Citizen,
    siri_acts: Staff,
    karis_browser: StrictClient,
    siris_browser: StrictClient,
) -> None:
    send(siri_acts, karis_application, write(siri_acts, karis_application, Outcome.REFUSED))
    read_now(kari_acts, karis_application)
    page, desk = (
        f"/min-side/soknader/{karis_application.id}/klage",
        f"/ansatt/saker/{karis_application.case_file_id}/klage",
    )
    karis_browser.send(page, {"disagrees_text": "Alt.", "wants_text": "Alarm.", "action": "check"})
    karis_browser.send(f"{page}/se-over")
    onward = {"assessment": "Vi mener vedtaket er riktig.", "contact": "61 26 60 00"}
    siris_browser.send(f"{desk}/send-videre", onward, of=desk, action=f"{desk}/send-videre")
    answer = {"outcome": "upheld", "note": "De er enige.", "letter": (BytesIO(a_pdf()), "svar.pdf")}
    siris_browser.send(f"{desk}/svar", answer, of=desk, action=f"{desk}/svar")
    links = _links(karis_browser, karis_application)
    assert list(links) == [
        "Søknad om trygghetsalarm", "Brev fra Statsforvalteren i Innlandet", "Svar fra klageinstansen",
    ]  # fmt: skip
    assert karis_browser.get(links["Brev fra Statsforvalteren i Innlandet"]).data.startswith(b"%PDF")


def test_a_stranger_and_the_neighbour_open_no_letter(
    answered: Application, karis_browser: StrictClient, client_for: ClientFor, ola: Person, nils: StaffMember
) -> None:
    letter = _links(karis_browser, answered)["Foreløpig svar"]
    assert client_for(ola).get(letter).status_code == 404
    file_id = letter.rpartition("/")[2]
    assert client_for(nils).get(f"/ansatt/saker/{answered.case_file_id}/dokument/{file_id}").status_code == 404


def test_the_page_with_its_letters_takes_at_most_six_statements(
    answered: Application, karis_browser: StrictClient
) -> None:
    page = f"/min-side/soknader/{answered.id}"
    karis_browser.page(page)
    with count_statements() as statements:
        karis_browser.page(page)
    assert statements.in_all <= 6, [*statements]
