"""A sound deposit has no findings."""

from pathlib import Path

from citizen_portal.archive.noark5.check import check


def test_the_small_deposit_is_sound(pristine_deposit: Path) -> None:
    assert check(pristine_deposit, None) == []
