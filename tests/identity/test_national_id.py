"""Numbers that people have: which are well formed, which are synthetic, and that none shows itself by accident."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.national_id import (
    NationalId,
    NationalIdKind,
    allowed_first_check_digits,
    first_check_digit,
    passes_checksum,
    second_check_digit,
)

NINE_DIGITS = st.lists(st.integers(0, 9), min_size=9, max_size=9)


@pytest.mark.parametrize(
    ("number", "kind", "is_synthetic"),
    [
        ("02013299997", NationalIdKind.BIRTH_NUMBER, False),
        ("30108299920", NationalIdKind.BIRTH_NUMBER, False),
        ("21879498012", NationalIdKind.BIRTH_NUMBER, True),
        ("10850199405", NationalIdKind.BIRTH_NUMBER, True),
        ("45840375084", NationalIdKind.D_NUMBER, True),
        ("47906701517", NationalIdKind.D_NUMBER, True),
        ("01912499975", NationalIdKind.BIRTH_NUMBER, True),
        ("13527248013", NationalIdKind.HELP_NUMBER, False),
    ],
)
def test_numbers_of_today_are_known_for_what_they_are(number: str, kind: NationalIdKind, is_synthetic: bool) -> None:
    parsed = NationalId.parse(number)
    assert (parsed.value, parsed.kind, parsed.is_synthetic) == (number, kind, is_synthetic)


@pytest.mark.parametrize("number", ["30108299939", "02013299903", "01912499983"])
def test_numbers_of_2032_pass_though_todays_rule_would_refuse_them(number: str) -> None:
    assert NationalId.parse(number).value == number
    assert first_check_digit([int(digit) for digit in number[:9]]) != int(number[9])


@pytest.mark.parametrize(
    "text",
    [
        "13057444850",  # a published example with wrong check digits
        "12094812345",
        "38850903357",
        "08956609002",
        "",
        "1234567890",
        "123456789012",
        "2187949801a",
        "２１８７９４９８０１２",  # full-width digits are digits to Python, not to a register
        "00879498012",
        "32879498012",
        "21009498012",
        "21139498012",
        "30828498012",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidNationalId):
        NationalId.parse(text)


def test_a_number_may_be_written_with_a_space() -> None:
    assert NationalId.parse(" 218794 98012 ").value == "21879498012"


def test_a_number_never_prints_itself() -> None:
    number = NationalId.parse("21879498012")
    for text in (repr(number), str(number), f"{number}", f"{[number]}"):
        assert "21879498012" not in text


@given(NINE_DIGITS)
def test_the_rule_of_2032_includes_todays(digits: list[int]) -> None:
    today = first_check_digit(digits)
    assert today is None or today in allowed_first_check_digits(digits)
    assert 3 <= len(allowed_first_check_digits(digits)) <= 4


@given(NINE_DIGITS, st.data())
def test_one_wrong_digit_is_always_seen_by_the_second_check_digit(digits: list[int], data: st.DataObject) -> None:
    ten = [*digits, data.draw(st.sampled_from(sorted(allowed_first_check_digits(digits))))]
    check = second_check_digit(ten)
    if check is None:
        return
    position = data.draw(st.integers(0, 9))
    wrong = list(ten)
    wrong[position] = (wrong[position] + data.draw(st.integers(1, 9))) % 10
    assert second_check_digit(wrong) != check


@given(st.integers(0, 10**11 - 1))
def test_no_eleven_digits_break_the_parser(number: int) -> None:
    text = f"{number:011}"
    try:
        parsed = NationalId.parse(text)
    except InvalidNationalId:
        return
    assert parsed.value == text
    assert passes_checksum(text)
