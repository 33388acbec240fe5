"""Push messages: nobody but the browser reads them, and a browser that is gone gets none."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import select, update

from citizen_portal import clock, db
from citizen_portal.cli import main
from citizen_portal.config import ConfigurationError
from citizen_portal.identity.models import Person, Protection
from citizen_portal.notifications import channels, pushing, service
from citizen_portal.notifications.channels.outbox import OutboxChannel
from citizen_portal.notifications.channels.port import AddressRefused, ChannelFailed
from citizen_portal.notifications.channels.webpush import (
    InvalidSubscription,
    Subscription,
    WebPushChannel,
    encrypt,
    make_key,
)
from citizen_portal.notifications.delivery import WAITS_FOR_REGISTERS, send_notice
from citizen_portal.notifications.models import Notice, NoticeStatus, Obstacle, Occasion, PushSubscription
from citizen_portal.notifications.texts import notice_text
from tests.notifications.push_service import PushBrowser, PushService, from_base64, push_service, to_base64
from tests.reading import StrictClient

TEXT = notice_text(Occasion.FOLLOWED_CONCERN, "nb", "Ringebu kommune")
A_PUBLIC_KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
ClientFor = Callable[..., StrictClient]


@pytest.fixture
def push() -> Iterator[PushService]:
    """The push service of this test."""
    with push_service() as running:
        yield running


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[WebPushChannel]:
    """Our own channel, which knows that service."""
    make_key(tmp_path / "push.jwk")
    made = WebPushChannel(tmp_path / "push.jwk", ("127.0.0.1",), https=False)
    channels.use_push(made)
    yield made
    channels.use_push(None)


@pytest.fixture
def phone(push: PushService, channel: WebPushChannel, kari: Person) -> PushBrowser:
    """Kari's phone, on which she has said yes."""
    return says_yes(kari, push.browser("karis-phone"))


def says_yes(who: Person, browser: PushBrowser) -> PushBrowser:
    """Let the person have push messages in the browser."""
    with db.transaction() as session:
        pushing.subscribe(session, who.id, Subscription.parse(browser.subscription, ("127.0.0.1",), https=False))
    return browser


def told(who: Person, occasion: Occasion = Occasion.FOLLOWED_CONCERN) -> Notice:
    """Tell the person, and see how it went."""
    with db.transaction() as session:
        notice = service.enqueue(session, occasion, who.id)
    return sent(notice)


def sent(notice: Notice) -> Notice:
    """Do the job, and see how it went."""
    send_notice(notice_id=str(notice.id), municipality_id=notice.municipality_id)
    with db.read_only() as session:
        return session.get_one(Notice, (notice.municipality_id, notice.id))


def subscriptions() -> list[PushSubscription]:
    """All that are kept."""
    with db.read_only() as session:
        return list(session.scalars(select(PushSubscription)))


def test_the_encryption_is_that_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    subscription = Subscription(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        A_PUBLIC_KEY,
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    private = int.from_bytes(from_base64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    key = ec.derive_private_key(private, ec.SECP256R1())
    salt = from_base64("DGv6ra1nlYgDCS1FRnbzlw")
    sealed = encrypt(b"When I grow up, I want to be a watermelon", subscription, key, salt)
    assert to_base64(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_phone_alone_reads_that_there_is_something_to_read(
    push: PushService, channel: WebPushChannel, kari: Person, phone: PushBrowser
) -> None:
    notice = told(kari)
    assert (notice.status, notice.channel, notice.address) == (NoticeStatus.SENT, "webpush", "127.0.0.1")
    ((_, headers, body),) = push.received
    assert push.read_by(phone) == [
        {
            "title": "Det er nytt om en du følger på siden din i Ringebu kommune",
            "body": "Logg inn på Min side hos Ringebu kommune for å lese.",
            "topic": "concern",
        }
    ]
    assert b"Ringebu" not in body
    assert (headers["Content-Encoding"], headers["TTL"], headers["Urgency"]) == ("aes128gcm", "14400", "high")
    scheme, _, rest = headers["Authorization"].partition(" ")
    token, key = (part.partition("=")[2] for part in rest.split(", "))
    assert (scheme, key) == ("vapid", channel.public_key)
    x, y = from_base64(key)[1:33], from_base64(key)[33:]
    ours = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": to_base64(x), "y": to_base64(y)})
    claims = jwt.decode(token, ours, algorithms=["ES256"]).claims
    assert (claims["aud"], claims["sub"]) == (push.url, "mailto:post@ringebu.kommune.example")
    assert 0 < claims["exp"] - clock.now().timestamp() <= 24 * 3600


def test_what_is_kept_of_a_browser_cannot_be_read_in_the_database(
    push: PushService, kari: Person, phone: PushBrowser
) -> None:
    (row,) = subscriptions()
    assert b"karis-phone" not in row.subscription_encrypted
    assert phone.endpoint.encode() not in row.endpoint_hash


def test_all_of_a_persons_browsers_are_told_and_nobody_elses(
    push: PushService, channel: WebPushChannel, kari: Person, ola: Person, phone: PushBrowser
) -> None:
    computer, olas = says_yes(kari, push.browser("karis-computer")), says_yes(ola, push.browser("olas-phone"))
    told(kari)
    assert [len(push.read_by(browser)) for browser in (phone, computer, olas)] == [1, 1, 0]


def test_a_phone_that_changes_hands_belongs_to_whoever_said_yes_last(
    push: PushService, channel: WebPushChannel, kari: Person, ola: Person, phone: PushBrowser
) -> None:
    says_yes(ola, phone)
    says_yes(ola, phone)
    assert [row.person_id for row in subscriptions()] == [ola.id]


def test_nobody_has_more_browsers_than_ten(
    push: PushService, channel: WebPushChannel, kari: Person, phone: PushBrowser
) -> None:
    for number in range(pushing.MOST_BROWSERS):
        says_yes(kari, push.browser(f"browser-{number}"))
    told(kari)
    assert len(push.received) == pushing.MOST_BROWSERS
    assert push.read_by(phone) == [], "the oldest gave way"


@pytest.fixture
def mails(tmp_path: Path, kari: Person) -> Iterator[Callable[[], int]]:
    """How many e-mails have gone out; Kari has an address."""
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(email="kari@example.no"))
    channels.use(OutboxChannel(tmp_path / "outbox"))
    yield lambda: len(list((tmp_path / "outbox").glob("*.eml")))
    channels.use(None)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_kari_is_told_by_mail(
    push: PushService, kari: Person, phone: PushBrowser, mails: Callable[[], int], status: int
) -> None:
    push.status = status
    assert told(kari).channel == "outbox"
    assert (subscriptions(), mails()) == ([], 1)


def test_a_push_service_in_trouble_makes_it_a_mail_and_without_an_address_it_is_tried_again(
    push: PushService, kari: Person, phone: PushBrowser, mails: Callable[[], int]
) -> None:
    push.status = 503
    assert told(kari).channel == "outbox"
    assert len(subscriptions()) == 1
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(email=None))
        notice = service.enqueue(session, Occasion.FOLLOWED_CONCERN, kari.id)
    with pytest.raises(ChannelFailed):
        sent(notice)
    push.status = 201
    assert sent(notice).channel == "webpush"
    push.status = 503
    with db.transaction() as session:
        given_up = service.enqueue(session, Occasion.FOLLOWED_CONCERN, kari.id)
    with clock.frozen(clock.now() + WAITS_FOR_REGISTERS + timedelta(minutes=1)):
        assert sent(given_up).obstacle is Obstacle.NO_ADDRESS


def test_what_the_law_says_that_kari_must_be_told_goes_by_mail(
    push: PushService, kari: Person, phone: PushBrowser, mails: Callable[[], int]
) -> None:
    assert told(kari, Occasion.DECISION_SENT).channel == "outbox"
    assert push.received == []


def test_nothing_is_pushed_to_somebody_with_a_protected_address(
    push: PushService, kari: Person, phone: PushBrowser, mails: Callable[[], int]
) -> None:
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(protection=Protection.CONFIDENTIAL))
    assert told(kari).obstacle is Obstacle.PROTECTED_ADDRESS
    assert (push.received, mails()) == ([], 0)


def test_a_service_that_is_away_may_come_back(push: PushService, channel: WebPushChannel) -> None:
    subscription = channel.subscription(push.browser("phone").subscription)
    push.status = 410
    with pytest.raises(AddressRefused):
        channel.send(subscription, "post@ringebu.example", TEXT, "concern")
    away = Subscription("http://127.0.0.1:9/phone", subscription.p256dh, subscription.auth)
    with pytest.raises(ChannelFailed):
        channel.send(away, "post@ringebu.example", TEXT, "concern")


KNOWN = ("push.example", "fcm.googleapis.com")


@pytest.mark.parametrize(
    ("endpoint", "is_taken"),
    [
        ("https://push.example/abc", True),
        ("https://eu.push.example/abc", True),
        ("http://push.example/abc", False),
        ("https://push.example:8443/abc", False),
        ("https://push.example:x/abc", False),
        ("https://kari@push.example/abc", False),
        ("https://notpush.example/abc", False),
        ("https://push.example.evil.example/abc", False),
        ("https://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("https://push.example/\ud800", False),
        ("https://push.example/a b\x7f", False),
    ],
)
def test_a_browser_cannot_send_us_anywhere(endpoint: str, is_taken: bool) -> None:
    text = PushBrowser(endpoint).subscription
    if is_taken:
        assert Subscription.parse(text, KNOWN).endpoint == endpoint
    else:
        with pytest.raises(InvalidSubscription):
            Subscription.parse(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"endpoint": "https://push.example/a"}', "x" * 5000, pytest.param("[" * 2000, id="deep")]
    + [
        json.dumps({"endpoint": "https://push.example/a", "keys": {"p256dh": p256dh, "auth": auth}})
        for p256dh, auth in (("", ""), ("AAAA", "c2l4dGVlbiBieXRlcyBvaw"), (A_PUBLIC_KEY, "AAAA"))
    ],
)
def test_what_no_browser_says_is_refused(text: str) -> None:
    with pytest.raises(InvalidSubscription):
        Subscription.parse(text, KNOWN)


def test_the_command_line_makes_the_key_once(tmp_path: Path) -> None:
    path = tmp_path / "push.jwk"
    arguments = ["keys", "push", str(path)]
    assert CliRunner().invoke(main, arguments).output == f"{path} is made\n"
    assert WebPushChannel(path, KNOWN).public_key
    again = CliRunner().invoke(main, arguments)
    assert (again.exit_code, again.output) == (1, f"Error: {path} is there already\n")


def test_a_key_is_made_once_and_a_file_without_one_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "push.jwk"
    make_key(path)
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        make_key(path)
    path.write_text("{}")
    for wrong in (path, tmp_path / "nowhere.jwk"):
        with pytest.raises(ConfigurationError):
            WebPushChannel(wrong, KNOWN)


# The pages.


def test_kari_says_yes_and_later_no(
    client_for: ClientFor, push: PushService, channel: WebPushChannel, kari: Person
) -> None:
    browser, phone = client_for(kari), push.browser("phone")
    fields = {"subscription": phone.subscription, "next": "/min-side/besok"}
    answer = browser.send("/min-side/push/ja", fields, of="/min-side", action="/sprak")
    assert answer.location == "/min-side/besok"
    assert "Fra nå får du varsel på denne telefonen" in browser.page(answer.location).text
    told(kari)
    assert len(push.read_by(phone)) == 1
    browser.send("/min-side/push/nei", {"next": "//evil.example"}, of="/min-side", action="/sprak")
    assert subscriptions() == []


def test_what_no_push_service_that_we_know_gave_is_not_taken(
    client_for: ClientFor, channel: WebPushChannel, kari: Person
) -> None:
    browser = client_for(kari)
    fields = {"subscription": PushBrowser("https://evil.example/a").subscription, "next": "/min-side"}
    answer = browser.send("/min-side/push/ja", fields, of="/min-side", action="/sprak")
    assert "Denne nettleseren kan ikke ta imot varsler" in browser.page(answer.location).text
    channels.use_push(None)
    assert browser.send("/min-side/push/ja", fields, of="/min-side", action="/sprak").status_code == 404
    assert subscriptions() == []
