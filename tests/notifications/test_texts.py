"""Notices carry no content (design §4 rule 10)."""

import re
from pathlib import Path

import pytest
import yaml

from citizen_portal.i18n import LANGUAGES
from citizen_portal.notifications.models import Occasion
from citizen_portal.notifications.texts import notice_text

NAMES_WHAT_IT_IS_ABOUT = re.compile(
    r"søkna|søkte|applica|apply|ohcan|ohcam"  # what somebody applied for
    r"|vedtak|avsla|avslå|innvilg|decision|granted|refus|mearrád"  # what came of it
    r"|besøk|visit|guossas|medisin|medicin|dálkkas|omsorg|care|pleie|stell|helse|health|dearvva|lege|doctor|sykdom|sjukdom"
    r"|trygghet|alarm|hjemmetjen|heimetenest|barnevern|sosial|økonomi|nav\b",
    re.IGNORECASE,
)
DEFINITIONS = Path(__file__).parents[2] / "citizen_portal" / "applications" / "definitions"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("occasion", Occasion)
def test_a_notice_tells_nobody_what_it_is_about(occasion: Occasion, language: str) -> None:
    text = notice_text(occasion, language, "Ringebu kommune")
    for said in (text.subject, text.body):
        assert "Ringebu kommune" in said
        assert NAMES_WHAT_IT_IS_ABOUT.findall(said) == []
        assert "%(" not in said
        assert not re.search(r"https?:|www\.|\d", said), "neither link nor number"


@pytest.mark.parametrize("occasion", Occasion)
def test_a_notice_names_none_of_the_services_that_can_be_applied_for(occasion: Occasion) -> None:
    for path in DEFINITIONS.glob("*.yaml"):
        titles = yaml.safe_load(path.read_text(encoding="utf-8"))["title"]
        words = {word.lower() for title in titles.values() for word in title.split() if len(word) > 3}
        for language in LANGUAGES:
            text = notice_text(occasion, language, "Ringebu kommune")
            assert not words & set(f"{text.subject} {text.body}".lower().split())


def test_each_language_has_its_own_words() -> None:
    for occasion in Occasion:
        assert len({notice_text(occasion, language, "Ringebu").subject for language in LANGUAGES}) == len(LANGUAGES)


def test_a_language_that_we_do_not_write_falls_back_to_bokmal() -> None:
    assert notice_text(Occasion.NEW_MESSAGE, "fi", "Ringebu") == notice_text(Occasion.NEW_MESSAGE, "nb", "Ringebu")
