"""The demo's people are synthetic, well formed, and the same every time."""

from citizen_portal.demo import people
from citizen_portal.identity.national_id import NationalId, first_check_digit


def test_everybody_has_a_synthetic_number_of_their_own() -> None:
    everybody = [*people.all_citizens(), *(staff.person for staff in people.named_staff())]
    numbers = [NationalId.parse(person.national_id) for person in everybody]
    assert all(number.is_synthetic for number in numbers)
    assert len({number.value for number in numbers}) == len(everybody) == 218
    assert len({person.key for person in everybody}) == len(everybody)


def test_their_numbers_follow_the_rule_of_today_and_their_birth_dates() -> None:
    for person in people.all_citizens():
        digits = [int(digit) for digit in person.national_id]
        assert first_check_digit(digits[:9]) == digits[9]
        assert person.national_id.startswith(f"{person.birth_date.day:02}{person.birth_date.month + 80}")


def test_the_same_people_come_back_after_a_restart() -> None:
    assert people.all_citizens() == people.all_citizens()
    assert list(people.more_citizens(5, seed=1)) != list(people.more_citizens(5, seed=2))


def test_most_live_in_ringebu_and_nils_works_in_nord_fron() -> None:
    residents = [person.municipality_number for person in people.more_citizens()]
    assert residents.count(people.RINGEBU) == 100
    staff = {member.key: member.person.municipality_number for member in people.named_staff()}
    assert {key: number for key, number in staff.items() if number != "3439"} == {"nils": "3436", "gro": "3438"}
    assert {"siri", "jonas", "astrid", "ingrid", "tuva", "ragna", "marit", "bjorn"} < set(staff)
