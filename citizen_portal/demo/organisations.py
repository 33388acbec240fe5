"""Organisation numbers of the demo's municipalities, by kommunenummer; with valid check digits, and nobody's."""

from typing import Final

from citizen_portal.demo.people import NORD_FRON, RINGEBU, SOR_FRON

DEMO_ORGANISATIONS: Final = {RINGEBU: "940837685", SOR_FRON: "941827195", NORD_FRON: "939617671"}
