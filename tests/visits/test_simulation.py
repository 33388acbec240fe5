"""A small town's day of home care: everybody who was not visited is found, nobody else, and silence is no storm."""

from datetime import time as wall_clock

from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.rules.models import CareRules
from tests.visits.simulation import FIRST_DAY, STEP, Town, outage_on, play


def test_a_day_of_a_small_town_whose_source_falls_silent(in_ringebu: Municipality, home_care: Unit) -> None:
    outage = outage_on(FIRST_DAY, wall_clock(9), wall_clock(14))
    town = Town(recipients=40, days=1, outage=outage, late=0.06, missed=0.04)
    findings = play(town, in_ringebu)
    assert (findings.visits, findings.silences) == (160, 1)
    assert (findings.false, findings.told_wrongly, findings.unnoticed) == (0, 0, [])
    assert findings.delays
    assert findings.after_silence
    assert max(findings.delays) <= CareRules.usual(None).silence + STEP
    assert max(findings.after_silence) <= CareRules.usual(None).margin + STEP
    assert max(findings.per_hour.values()) < 10
