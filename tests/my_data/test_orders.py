"""From the order to the download, and what may go wrong on the way."""

from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select, text

from citizen_portal import clock, db, storage
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent
from citizen_portal.auth.actor import Assurance, Citizen
from citizen_portal.config import Settings
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.my_data import service
from citizen_portal.my_data.copying import clean_up
from citizen_portal.my_data.errors import TooManyOrders
from citizen_portal.my_data.models import AVAILABLE_FOR, DataExport, ExportStatus, Form
from citizen_portal.my_data.queries import export_file
from citizen_portal.notifications.models import Notice, Occasion
from tests.my_data.conftest import PAGE, ClientFor, as_it_stands, ordered, stored, work, work_all
from tests.reading import StrictClient


@pytest.fixture
def browser(client_for: ClientFor, kari: Person) -> StrictClient:
    """Kari's browser, in Bokmål."""
    client = client_for(kari)
    client.set_cookie("language", "nb", domain="ringebu.localhost")
    return client


def copy_path(export: DataExport, form: str = "zip") -> str:
    """Where the copy is downloaded."""
    return f"{PAGE}/kopi/{export.id}/{form}"


def events(person: Person, tag: str) -> int:
    """How many events of a kind there are about the person."""
    with db.read_only() as session:
        return (
            session.scalar(
                select(func.count())
                .select_from(AuditEvent)
                .where(AuditEvent.about_person_id == person.id, AuditEvent.tag == tag)
            )
            or 0
        )


def notices(person: Person) -> list[Occasion]:
    """What the person was told, apart from what her story told her."""
    with db.read_only() as session:
        wanted = Notice.occasion.in_([Occasion.MY_DATA_READY, Occasion.DATA_REQUEST_ANSWERED])
        return list(session.scalars(select(Notice.occasion).where(Notice.person_id == person.id, wanted)))


def only_order() -> DataExport:
    """The one order that there is."""
    with db.read_only() as session:
        return session.scalars(select(DataExport)).one()


def test_kari_orders_is_told_and_downloads(
    browser: StrictClient, karis_story: Application, kari: Person, settings: Settings
) -> None:
    answer = browser.send(f"{PAGE}/kopi", of=PAGE, action=f"{PAGE}/kopi")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#copies")
    waiting = browser.page(PAGE)
    assert "Venter på tur." in waiting.text
    assert f"{PAGE}/kopi" not in waiting.all("//form/@action"), "while one is under way there is nothing to order"
    work_all(settings)
    assert notices(kari) == [Occasion.MY_DATA_READY]
    ready = browser.page(PAGE)
    assert "Klar. Den blir slettet" in ready.text
    export = only_order()
    links = [href for href in ready.links.values() if "/kopi/" in href]
    assert links == [copy_path(export, form) for form in ("zip", "pdf", "json")]
    for form, mime in (("zip", "application/zip"), ("pdf", "application/pdf"), ("json", "application/json")):
        got = browser.get(copy_path(export, form))
        assert (got.status_code, got.mimetype) == (200, mime)
        assert got.data == stored(export, Form(form))
        disposition = got.headers["Content-Disposition"]
        assert disposition.startswith(f'attachment; filename="mine-opplysninger-{clock.today().isoformat()}.{form}"')
        assert got.headers["Cache-Control"] == "no-store"
    assert (events(kari, "my-data-ordered"), events(kari, "my-data-downloaded")) == (1, 3)
    with ZipFile(BytesIO(browser.get(copy_path(export)).data)) as packed:
        assert packed.testzip() is None


def test_a_second_order_while_one_is_under_way_is_the_same_order(karis: Citizen, kari: Person) -> None:
    first = ordered(karis)
    assert ordered(karis).id == first.id
    with db.read_only() as session:
        assert (
            session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'my_data.make_copy'")) == 1
        )
    assert events(kari, "my-data-ordered") == 1


def test_orders_from_two_tabs_at_once_are_one(karis: Citizen, kari: Person) -> None:
    both, found = Barrier(2), list[UUID]()

    def order() -> None:
        with db.as_municipality(karis.municipality_id), db.transaction() as session:
            both.wait()
            found.append(service.order_copy(session, karis, "nb").id)

    tabs = [Thread(target=order) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert found == [only_order().id] * 2
    assert events(kari, "my-data-ordered") == 1


def test_the_job_run_twice_makes_one_copy_and_one_notice(
    karis_story: Application, karis: Citizen, kari: Person
) -> None:
    export = ordered(karis)
    work(export)
    first = as_it_stands(export)
    work(export)
    assert as_it_stands(export).zip_sha256 == first.zip_sha256
    assert notices(kari) == [Occasion.MY_DATA_READY]


def test_a_worker_that_was_killed_in_the_middle_is_followed_by_another(
    karis_story: Application, karis: Citizen, kari: Person, settings: Settings
) -> None:
    export = ordered(karis)
    storage.passing_files().put(b"half of what a killed worker made")
    with db.transaction() as session:
        session.get_one(DataExport, (export.municipality_id, export.id)).status = ExportStatus.WORKING
        session.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing', attempts = 1 WHERE task_name = 'my_data.make_copy'")
        )
        session.execute(
            text(
                "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'jobs.retry_stalled', 0, NULL, NULL, "
                "'{\"timestamp\": 0}', NULL)]::procrastinate_job_to_defer_v1[])"
            )
        )
    assert as_it_stands(export).shown_status is ExportStatus.WORKING
    work_all(settings)
    work_all(settings)
    assert as_it_stands(export).is_ready
    assert notices(kari) == [Occasion.MY_DATA_READY]


def test_of_two_workers_with_the_same_order_the_first_one_wins(
    karis_story: Application, karis: Citizen, monkeypatch: pytest.MonkeyPatch, kari: Person
) -> None:
    export = ordered(karis)
    slower = storage.MunicipalityFiles.put
    done: list[str] = []

    def put(files: storage.MunicipalityFiles, data: object) -> storage.StoredFile:
        kept = slower(files, data)  # type: ignore[arg-type]
        if not done:
            done.append("the other worker")
            work(export)
        return kept

    monkeypatch.setattr(storage.MunicipalityFiles, "put", put)
    work(export)
    assert as_it_stands(export).is_ready
    assert notices(kari) == [Occasion.MY_DATA_READY]
    assert stored(as_it_stands(export), Form.JSON)


def test_after_seven_days_the_copy_is_gone_and_what_was_left_behind_too(
    browser: StrictClient, karis_story: Application, karis: Citizen
) -> None:
    left = storage.passing_files().put(b"what a killed worker stored")
    lasting = storage.files().put(b"a document of the archive")
    export = ordered(karis)
    work(export)
    export = as_it_stands(export)
    kept = export.file(Form.ZIP)
    assert kept
    assert export.expires_at
    with clock.frozen(export.expires_at - timedelta(minutes=1)):
        clean_up(0)
        assert export_file_status(karis, export) == "there"
    with clock.frozen(export.expires_at):
        assert export_file_status(karis, export) == "gone", "also before the clean-up comes by"
    with clock.frozen(export.expires_at + timedelta(hours=1)):
        clean_up(0)
        assert as_it_stands(export).status is ExportStatus.EXPIRED
    assert not storage.passing_files().exists(kept[0])
    assert not storage.passing_files().exists(left.sha256)
    assert storage.files().exists(lasting.sha256)
    assert "Slettet, fordi det har gått sju dager." in browser.page(PAGE).text
    browser.page(copy_path(export), status=404)


def export_file_status(actor: Citizen, export: DataExport) -> str:
    """Whether the citizen can download the copy."""
    try:
        with db.read_only() as session:
            export_file(session, actor, export.id, Form.ZIP)
    except NotFound:
        return "gone"
    return "there"


def test_what_is_archived_cannot_be_discarded_by_its_age(karis: Citizen) -> None:
    with pytest.raises(ValueError, match="never removed"):
        storage.files().discard(clock.now())


def test_a_copy_that_kari_sends_us_as_an_attachment_outlives_the_copy(karis: Citizen) -> None:
    export = ordered(karis)
    work(export)
    pdf = stored(as_it_stands(export), Form.PDF)
    attachment = storage.files().put(pdf)
    with clock.frozen(clock.now() + AVAILABLE_FOR + timedelta(hours=1)):
        clean_up(0)
    assert storage.files().read(attachment.sha256) == pdf


def test_three_copies_a_day_are_enough(browser: StrictClient, karis: Citizen) -> None:
    form = browser.page(PAGE).form(f"{PAGE}/kopi")
    for _ in range(service.COPIES_A_DAY):
        work(ordered(karis))
    with pytest.raises(TooManyOrders):
        ordered(karis)
    browser.post(f"{PAGE}/kopi", data=form)
    assert "Du har bestilt tre kopier på et døgn." in browser.page(PAGE).text
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        assert ordered(karis)


def test_an_order_that_came_to_nothing_can_be_given_again(browser: StrictClient, karis: Citizen) -> None:
    with clock.frozen(clock.now() - timedelta(days=2)):
        stuck = ordered(karis)
    assert "Vi fikk ikke laget den." in browser.page(PAGE).text
    clean_up(0)
    assert as_it_stands(stuck).status is ExportStatus.FAILED
    assert ordered(karis).id != stuck.id


def test_an_order_that_is_stuck_gives_way_before_the_clean_up_comes_by(karis: Citizen) -> None:
    with clock.frozen(clock.now() - timedelta(days=2)):
        stuck = ordered(karis)
    again = ordered(karis)
    assert again.id != stuck.id
    assert as_it_stands(stuck).status is ExportStatus.FAILED
    work(stuck)
    assert as_it_stands(stuck).status is ExportStatus.FAILED, "too late"


def test_nobody_else_comes_to_karis_copy(
    client_for: ClientFor, karis: Citizen, ola: Person, siri: StaffMember, nils: StaffMember
) -> None:
    export = ordered(karis)
    work(export)
    client_for(ola).page(copy_path(export), status=404)
    for employee in (siri, nils):
        assert client_for(employee).get(copy_path(export)).status_code == 303, "to the citizens' login"
    assert "/logg-inn" in client_for().get(copy_path(export)).headers["Location"]


def test_the_same_woman_in_the_neighbour_municipality_has_nothing_there(
    client_for: ClientFor, karis: Citizen, nils: StaffMember, nord_fron: object
) -> None:
    export = ordered(karis)
    work(export)
    with db.as_municipality(nils.municipality_id), db.read_only() as session:
        assert session.scalars(select(DataExport)).all() == []
    with db.as_municipality(nils.municipality_id), pytest.raises(storage.MissingFile):
        storage.passing_files().open(str(as_it_stands(export).zip_sha256))


def test_a_weak_login_is_asked_to_log_in_at_level_high(client_for: ClientFor, kari: Person) -> None:
    client = client_for(kari, assurance=Assurance.SUBSTANTIAL)
    for path in (PAGE, f"{PAGE}/rett", f"{PAGE}/sperr"):
        assert "niva=high" in client.get(path).headers["Location"]


@pytest.mark.parametrize(
    "path",
    [
        "kopi/00000000-0000-7000-8000-000000000000/zip",
        "kopi/not-an-id/zip",
        "kopi/00000000-0000-7000-8000-000000000000/exe",
        "kopi/00000000-0000-7000-8000-000000000000/..%2f..%2fetc",
    ],
)
def test_made_up_addresses_lead_nowhere(browser: StrictClient, path: str) -> None:
    browser.page(f"{PAGE}/{path}", status=404)


def test_a_form_that_we_do_not_make_is_no_download(browser: StrictClient, karis: Citizen) -> None:
    export = ordered(karis)
    browser.page(copy_path(export), status=404)
    work(export)
    browser.page(copy_path(export, "csv"), status=404)
    assert browser.get(copy_path(export)).status_code == 200


def test_a_copy_that_the_store_has_lost_is_said_to_be_gone(
    browser: StrictClient, karis: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ordered(karis)
    work(export)
    storage.passing_files().discard(clock.now() + timedelta(days=1))
    assert browser.get(copy_path(export)).headers["Location"] == f"{PAGE}#copies"
    assert "Kopien er ikke her lenger." in browser.page(PAGE).text
