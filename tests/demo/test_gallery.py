"""The gallery and the frame around every page, read strictly: valid HTML, one h1, labelled fields, no inline styles."""

import pytest

from citizen_portal.tenancy.models import Municipality
from tests.conftest import ClientFor
from tests.reading import StrictClient


@pytest.fixture
def visitor(client_for: ClientFor, ringebu: Municipality) -> StrictClient:
    """Somebody who is not logged in, on Ringebu's pages."""
    return client_for()


@pytest.mark.parametrize("language", ["nb", "nn", "en", "se"])
def test_every_part_stands_strict_reading_in_every_language(visitor: StrictClient, language: str) -> None:
    page = visitor.page("/galleri", headers={"Accept-Language": language})
    assert page.tree.getroot().get("lang") == language
    assert page.all("//main/@lang") == ["nb" if language == "se" else language]


def test_an_error_is_linked_to_its_field_and_read_with_it(visitor: StrictClient) -> None:
    page = visitor.page("/galleri")
    assert page.links["Skriv navnet ditt."] == "#wrong-name"
    (name,) = page.all("//input[@id='wrong-name']")
    assert name.get("aria-invalid") == "true"
    assert name.get("aria-describedby") == "wrong-name-error"


def test_what_was_typed_is_kept(visitor: StrictClient) -> None:
    page = visitor.page("/galleri")
    (story,) = page.all("//textarea[@id='filled-story']")
    assert "Hun bor alene." in "".join(story.itertext())
    assert page.all("//input[@name='filled-whom'][@checked]/@value") == ["other"]


def test_the_frame_tells_how_to_reach_the_municipality(visitor: StrictClient) -> None:
    page = visitor.page("/galleri")
    assert page.title.endswith("– Ringebu kommune")
    assert page.links["61 28 30 00"] == "tel:61283000"
    assert page.links["Tilgjengelighetserklæring"] == "/tilgjengelighet"
    assert page.all("//a[@class='ds-skip-link']/@href") == ["#main"]


def test_kari_chooses_nynorsk_and_keeps_it(visitor: StrictClient) -> None:
    form = visitor.page("/galleri").form("/sprak")
    answer = visitor.post("/sprak", data={**form, "language": "nn"})
    assert (answer.status_code, answer.location) == (303, "/galleri")
    assert visitor.page("/galleri").h1 == "Alle delane av sidene"


def test_a_wrong_address_ends_on_a_page_that_helps(visitor: StrictClient) -> None:
    page = visitor.page("/finnes-ikke", status=404, headers={"Accept-Language": "nb"})
    assert page.h1 == "Vi finner ikke siden"
    assert page.links["Ring 61 28 30 00"] == "tel:61283000"
