"""Each channel may be used for eighteen months after it was said or confirmed; what is uncertain means a letter."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen_portal.clock import OSLO, to_oslo
from citizen_portal.identity.registers.judgement import Reason, is_recent, judge
from citizen_portal.identity.registers.krr import contacts_in
from citizen_portal.identity.registers.port import Channel, Contact

TODAY = date(2026, 11, 26)
KARI = "12847827619"
DAYS = st.dates(date(2016, 1, 1), date(2035, 12, 31))
INSTANTS = st.datetimes(datetime(2016, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  see timezones


def at(day: date, hour: int = 12) -> datetime:
    """An hour of a day in Norway."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=OSLO)


def contact(**changes: object) -> Contact:
    """Somebody who can be told by e-mail and by mobile, but for the changes."""
    facts = {
        "reservation": "NEI",
        "status": "AKTIV",
        "notification_status": "KAN_VARSLES",
        "email": Channel("kari@example.no", at(TODAY), None),
        "mobile": Channel("+4799999999", at(TODAY), None),
        "language": "nn",
    }
    return Contact(**(facts | changes))


@pytest.mark.parametrize(
    ("said", "on", "holds"),
    [
        (date(2025, 5, 26), date(2026, 11, 25), True),
        (date(2025, 5, 26), date(2026, 11, 26), False),  # on the day it is 18 months old, no longer younger
        (date(2025, 5, 27), date(2026, 11, 26), True),
        (date(2025, 8, 31), date(2027, 2, 27), True),  # there is no 31 February
        (date(2025, 8, 31), date(2027, 2, 28), False),
        (date(2026, 8, 31), date(2028, 2, 28), True),
        (date(2026, 8, 31), date(2028, 2, 29), False),
        (date(2026, 11, 26), date(2026, 11, 26), True),
        (date(2026, 11, 27), date(2026, 11, 26), False),  # said tomorrow: the register is wrong
    ],
)
def test_eighteen_months_end_on_a_day(said: date, on: date, holds: bool) -> None:
    assert is_recent([at(said)], on) is holds


def test_the_day_is_the_norwegian_one() -> None:
    late_evening = datetime(2025, 5, 26, 22, 30, tzinfo=UTC)  # the 27th in Norway
    assert is_recent([late_evening], TODAY)


@given(updated=INSTANTS, verified=INSTANTS, on=DAYS)
def test_either_time_is_enough_and_a_day_makes_the_difference(updated: datetime, verified: datetime, on: date) -> None:
    alone = [is_recent([instant], on) for instant in (updated, verified)]
    assert is_recent([updated, verified, None], on) is any(alone)
    for instant, holds in zip((updated, verified), alone, strict=True):
        days = (on - to_oslo(instant).date()).days
        if 0 <= days < 545:  # 18 months are 546 to 550 days, or one less where a month is cut
            assert holds
        if days < 0 or days > 550:
            assert not holds


@given(instant=INSTANTS)
def test_what_once_is_too_old_stays_too_old(instant: datetime) -> None:
    day = to_oslo(instant).date()
    recent = [is_recent([instant], day + timedelta(days=days)) for days in range(540, 556)]
    assert recent == sorted(recent, reverse=True)
    assert recent[0]
    assert not recent[-1]


@given(on=DAYS, email_age=st.integers(0, 900), mobile_age=st.integers(0, 900))
def test_email_and_mobile_are_judged_each_by_itself(on: date, email_age: int, mobile_age: int) -> None:
    said = {name: at(on - timedelta(days=age)) for name, age in (("email", email_age), ("mobile", mobile_age))}
    judged = judge(
        contact(email=Channel("e", said["email"], None), mobile=Channel("m", None, said["mobile"])),
        on,
    )
    assert judged.email == ("e" if is_recent([said["email"]], on) else None)
    assert judged.mobile == ("m" if is_recent([said["mobile"]], on) else None)
    assert judged.reason == (None if judged.email else Reason.EXPIRED)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reservation": "JA"}, Reason.RESERVED),
        ({"reservation": ""}, Reason.RESERVED),
        ({"reservation": "KANSKJE"}, Reason.RESERVED),
        ({"status": "SLETTET"}, Reason.NO_ADDRESS),
        ({"status": "IKKE_REGISTRERT"}, Reason.NO_ADDRESS),
        ({"status": "NY_VERDI"}, Reason.NO_ADDRESS),
        ({"notification_status": "KAN_IKKE_VARSLES"}, Reason.EXPIRED),
        ({"notification_status": ""}, Reason.EXPIRED),
        ({"email": None}, Reason.NO_ADDRESS),
        ({"email": Channel("kari@example.no", None, None)}, Reason.EXPIRED),
    ],
)
def test_anything_but_a_clear_yes_means_a_letter(changes: dict[str, object], reason: Reason) -> None:
    judged = judge(contact(**changes), TODAY)
    assert (judged.email, judged.reason) == (None, reason)
    if "email" not in changes:
        assert judged.mobile is None


def test_who_is_not_in_the_register_gets_a_letter() -> None:
    assert judge(None, TODAY).reason is Reason.NO_ADDRESS


@given(st.text(max_size=8).filter(lambda text: text != "NEI"), st.text(max_size=8), st.text(max_size=8).map(str.upper))
def test_no_word_that_we_do_not_know_opens_a_channel(reservation: str, status: str, notification: str) -> None:
    for changes in (
        {"reservation": reservation},
        {"status": status if status != "AKTIV" else ""},
        {"notification_status": notification if notification != "KAN_VARSLES" else ""},
    ):
        judged = judge(contact(**changes), TODAY)
        assert (judged.email, judged.mobile) == (None, None)


def test_the_registers_own_json_is_read_with_every_kind_of_time() -> None:
    document = {
        "personer": [
            {
                "personidentifikator": KARI,
                "reservasjon": "NEI",
                "status": "AKTIV",
                "varslingsstatus": "KAN_VARSLES",
                "kontaktinformasjon": {
                    "epostadresse": " kari@example.no ",
                    "epostadresse_oppdatert": "2020-01-05T10:45:15.768+02",
                    "epostadresse_sist_verifisert": "2026-06-05T10:45:15.768Z",
                    "mobiltelefonnummer": "+4799999999",
                    "mobiltelefonnummer_oppdatert": "2024-01-05T10:45:15",
                    "mobiltelefonnummer_sist_verifisert": "in fjor",
                },
                "spraak": "nn",
            }
        ]
    }
    judged = judge(contacts_in(document, [KARI])[KARI], TODAY)
    assert (judged.email, judged.mobile, judged.language) == ("kari@example.no", None, "nn")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kontaktinformasjon", "epostadresse", "epostadresse_oppdatert", "spraak", "status"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JUNK)
def test_junk_in_the_answer_never_gives_an_address(junk: object) -> None:
    person = {"personidentifikator": KARI, **(junk if isinstance(junk, dict) else {"kontaktinformasjon": junk})}
    judged = judge(contacts_in({"personer": [person]}, [KARI])[KARI], TODAY)
    assert (judged.email, judged.mobile) == (None, None)


@pytest.mark.parametrize("language", ["nb", "se", "fi", None])
def test_only_a_language_that_we_write_is_taken_from_the_register(language: str | None) -> None:
    assert judge(contact(language=language), TODAY).language == (language if language in ("nb", "se") else None)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "\ud800"])
def test_a_time_at_the_edge_of_the_calendar_is_no_time(time: str) -> None:
    details = {"epostadresse": "kari@example.no", "epostadresse_oppdatert": time}
    people = [{"personidentifikator": [KARI]}, {"personidentifikator": KARI, "kontaktinformasjon": details}]
    assert judge(contacts_in({"personer": people}, [KARI])[KARI], TODAY).email is None


def test_an_address_that_cannot_be_written_is_none() -> None:
    person = {"personidentifikator": KARI, "kontaktinformasjon": {"epostadresse": "kari\ud800@example.no"}}
    assert contacts_in({"personer": [person]}, [KARI])[KARI].email is None
