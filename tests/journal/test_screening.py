"""What the public reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen_portal.journal.screening import MASK, contains_national_id, mask_national_ids, screen_title
from tests.journal.conftest import NATIONAL_ID as _VALUE


@pytest.mark.parametrize(
    ("title", "words", "expected"),
    [
        ("Søknad fra Borghild Moen", ["Borghild Moen"], "Søknad fra *****"),
        ("Søknad fra BORGHILD moen", ["Borghild", "Moen"], "Søknad fra ***** *****"),
        ("Moensvegen 3", ["Moen"], "Moensvegen 3"),
        ("Åse-Marie Ås", ["Ås", "Åse-Marie"], "***** *****"),
        ("Ingenting å skjule", ["", " "], "Ingenting å skjule"),
        ("C++ (kurs)", ["C++ (kurs"], "*****)"),
    ],
)
def test_names_are_masked_as_whole_words(title: str, words: list[str], expected: str) -> None:
    assert screen_title(title, words) == expected


@pytest.mark.parametrize("form", ["{0}{1}", "{0} {1}", "{0}\u00a0{1}"])
def test_a_national_id_is_masked_however_it_is_written(form: str) -> None:
    written = form.format(_VALUE[:6], _VALUE[6:])
    assert contains_national_id(f"fnr {written}.")
    assert mask_national_ids(f"fnr {written}.") == f"fnr {MASK}."


def test_the_form_of_an_account_number_is_masked_too() -> None:
    written = f"{_VALUE[:4]}.{_VALUE[4:6]}.{_VALUE[6:]}"
    assert mask_national_ids(written) == MASK


def test_other_numbers_stay() -> None:
    assert mask_national_ids("sak 2026/17, tlf. 61 28 30 00, 12345678901 og 123456789012") == (
        "sak 2026/17, tlf. 61 28 30 00, 12345678901 og 123456789012"
    )


@given(st.text(), st.text())
def test_no_national_id_is_left_in_any_text(before: str, after: str) -> None:
    assert _VALUE not in mask_national_ids(f"{before} {_VALUE} {after}")
