"""Notices: queued with the change that they tell of, sent once, and never lost from sight."""

import base64
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from procrastinate import PsycopgConnector
from sqlalchemy import make_url, select, text, update

from citizen_portal import db
from citizen_portal import jobs as worker
from citizen_portal.config import Settings
from citizen_portal.identity.models import Person
from citizen_portal.notifications import channels, service
from citizen_portal.notifications.channels import smtp
from citizen_portal.notifications.channels.outbox import OutboxChannel
from citizen_portal.notifications.channels.port import AddressRefused, ChannelFailed
from citizen_portal.notifications.channels.smtp import SmtpChannel
from citizen_portal.notifications.delivery import send_notice
from citizen_portal.notifications.models import Notice, NoticeStatus, Obstacle, Occasion
from citizen_portal.notifications.texts import NoticeText, notice_text
from tests.notifications.smtp_server import smtp_server

TEXT = notice_text(Occasion.NEW_MESSAGE, "nb", "Ringebu kommune")


class Pigeon:
    """A channel that remembers, and can be ill."""

    name = "pigeon"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.is_ill = False

    def send(self, address: str, sender_name: str, text: NoticeText) -> None:
        """Carry the notice."""
        if self.is_ill:
            raise ChannelFailed
        self.sent.append((address, text.subject))


@pytest.fixture
def pigeon() -> Iterator[Pigeon]:
    """The channel of this test."""
    bird = Pigeon()
    channels.use(bird)
    yield bird
    channels.use(None)


@pytest.fixture
def reachable(kari: Person) -> Person:
    """Kari, who has an e-mail address and reads Nynorsk."""
    with db.transaction() as session:
        session.execute(
            update(Person).where(Person.id == kari.id).values(email="kari@example.no", preferred_language="nn")
        )
    return kari


def enqueued(person: Person) -> Notice:
    """A notice to the person, on its way."""
    with db.transaction() as session:
        return service.enqueue(session, Occasion.NEW_MESSAGE, person.id)


class LightsOut(Exception):
    """Something went wrong before the change was saved."""


def fail_after_enqueuing(person: Person) -> None:
    """Queue a notice in a transaction that is never saved."""
    with db.transaction() as session:
        service.enqueue(session, Occasion.NEW_MESSAGE, person.id)
        raise LightsOut


def deliver(notice: Notice) -> Notice:
    """Do the job, and see how it went."""
    send_notice(notice_id=str(notice.id), municipality_id=notice.municipality_id)
    return as_it_stands(notice)


def as_it_stands(notice: Notice) -> Notice:
    """The notice as the database has it now."""
    with db.read_only() as session:
        return session.scalars(select(Notice).where(Notice.id == notice.id)).one()


def jobs() -> list[tuple[str, dict[str, object]]]:
    """What lies on the queue."""
    with db.read_only() as session:
        return [tuple(row) for row in session.execute(text("SELECT task_name, args FROM procrastinate_jobs"))]


def test_kari_is_told_in_her_own_language(pigeon: Pigeon, reachable: Person) -> None:
    notice = deliver(enqueued(reachable))
    assert pigeon.sent == [("kari@example.no", "Du har fått ei ny melding frå Ringebu kommune")]
    assert (notice.status, notice.channel, notice.address) == (NoticeStatus.SENT, "pigeon", "kari@example.no")
    assert notice.sent_at is not None


def test_the_job_lies_on_the_queue_when_and_only_when_the_change_is_saved(reachable: Person) -> None:
    with pytest.raises(LightsOut):
        fail_after_enqueuing(reachable)
    assert jobs() == []
    notice = enqueued(reachable)
    assert jobs() == [
        (send_notice.name, {"notice_id": str(notice.id), "municipality_id": reachable.municipality_id}),
    ]


def test_the_worker_sends_what_lies_on_the_queue(pigeon: Pigeon, reachable: Person, settings: Settings) -> None:
    notice = enqueued(reachable)
    url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with worker.app.replace_connector(PsycopgConnector(conninfo=url)) as app:
        app.run_worker(wait=False, install_signal_handlers=False)
    assert as_it_stands(notice).status is NoticeStatus.SENT
    assert len(pigeon.sent) == 1


def test_a_notice_is_sent_once_though_the_job_runs_twice(pigeon: Pigeon, reachable: Person) -> None:
    notice = enqueued(reachable)
    for _ in range(2):
        deliver(notice)
    assert len(pigeon.sent) == 1


def test_a_notice_to_nobody_that_we_can_reach_says_why(pigeon: Pigeon, kari: Person, reachable: Person) -> None:
    channels.use(None)
    assert deliver(enqueued(reachable)).obstacle is Obstacle.NO_CHANNEL
    channels.use(pigeon)
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(email=None))
    assert deliver(enqueued(kari)).obstacle is Obstacle.NO_ADDRESS
    assert pigeon.sent == []


def test_a_notice_waits_while_the_channel_is_ill(pigeon: Pigeon, reachable: Person) -> None:
    notice, pigeon.is_ill = enqueued(reachable), True
    with pytest.raises(ChannelFailed):
        deliver(notice)
    assert as_it_stands(notice).status is NoticeStatus.QUEUED
    pigeon.is_ill = False
    assert deliver(notice).status is NoticeStatus.SENT


def test_a_notice_that_the_address_refuses_is_not_tried_for_ever(tmp_path: Path, reachable: Person) -> None:
    channels.use(OutboxChannel(tmp_path))
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == reachable.id).values(email="kari at home"))
    assert deliver(enqueued(reachable)).obstacle is Obstacle.REFUSED
    channels.use(None)


def test_a_mail_is_handed_over_by_smtp_readable_and_from_the_municipality() -> None:
    with smtp_server() as server:
        SmtpChannel(server.url).send("kari@example.no", "Ringebu kommune", TEXT)
    mail = message_from_bytes(server.mails[0], policy=policy.default)
    assert mail["Subject"] == "Du har fått en ny melding fra Ringebu kommune"
    assert mail["From"] == "Ringebu kommune <varsel@ringebu.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == TEXT.body


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("kari@unknown.example", AddressRefused),
        ("kari@busy.example", ChannelFailed),
        ("kari@example.no\r\nBcc: ola@example.no", AddressRefused),
    ],
)
def test_the_server_says_whether_to_try_again(address: str, error: type[Exception]) -> None:
    with smtp_server() as server, pytest.raises(error):
        SmtpChannel(server.url).send(address, "Ringebu kommune", TEXT)
    assert server.mails == []


def test_the_installation_logs_in_with_its_own_name_and_password() -> None:
    with smtp_server() as server:
        SmtpChannel(server.url.replace("//", "//portal:p%40ss@")).send("kari@example.no", "Ringebu kommune", TEXT)
    assert [base64.b64decode(login) for login in server.logins] == [b"\0portal\0p@ss"]


def test_nothing_is_sent_in_the_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_THIS_MACHINE", frozenset())
    with smtp_server() as server:
        for url in (server.url, server.url.replace("smtp:", "smtps:")):
            with pytest.raises(ChannelFailed):
                SmtpChannel(url).send("kari@example.no", "Ringebu kommune", TEXT)
    assert server.mails == []


def test_a_server_that_is_away_is_tried_again_later() -> None:
    with smtp_server() as server:
        url = server.url
    with pytest.raises(ChannelFailed):
        SmtpChannel(url).send("kari@example.no", "Ringebu kommune", TEXT)


def test_a_name_cannot_add_a_header(tmp_path: Path) -> None:
    OutboxChannel(tmp_path).send("kari@example.no", "Ringebu\r\nBcc: ola@example.no", TEXT)
    (mail,) = tmp_path.glob("*.eml")
    assert message_from_bytes(mail.read_bytes(), policy=policy.default)["Bcc"] is None


def test_the_demo_writes_mails_to_files_and_an_installation_without_smtp_sends_none(settings: Settings) -> None:
    channels.configure(settings)
    assert isinstance(channels.email(), OutboxChannel)
    channels.configure(settings.model_copy(update={"environment": "production"}))
    assert channels.email() is None
    channels.configure(settings.model_copy(update={"smtp_url": "smtp://localhost:25"}))
    assert isinstance(channels.email(), SmtpChannel)
    channels.use(None)


def test_an_smtp_url_must_name_a_server() -> None:
    for url in ("http://localhost", "smtp:nowhere"):
        with pytest.raises(ValueError, match="smtp://"):
            SmtpChannel(url)
