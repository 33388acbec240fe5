"""The pages as an app on a phone, which keeps nothing about anybody."""

import json
from collections.abc import Callable

import pytest

from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Municipality
from tests.reading import StrictClient

ClientFor = Callable[..., StrictClient]


def test_each_municipality_has_an_app_of_its_own(client_for: ClientFor, nord_fron: Municipality, kari: Person) -> None:
    browser = client_for()
    (address,) = browser.page("/").all("//link[@rel='manifest']/@href")
    for base, name, short in (
        ("http://ringebu.localhost", "Ringebu kommune", "Ringebu"),
        ("http://nord-fron.localhost", "Nord-Fron kommune", "Nord-Fron"),
    ):
        browser.base_url = base
        answer = browser.get(address)
        assert answer.mimetype == "application/manifest+json"
        manifest = json.loads(answer.text)
        assert (manifest["name"], manifest["short_name"]) == (f"Min side, {name}", short)
        assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
            (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
        }
        for icon in manifest["icons"]:
            picture = browser.get(icon["src"], buffered=True)
            assert picture.data.startswith(b"\x89PNG")
            width = int.from_bytes(picture.data[16:20])
            assert icon["sizes"] == f"{width}x{width}"
            assert picture.headers["Cache-Control"].endswith("immutable")


def test_staff_pages_are_no_app(client_for: ClientFor, siri: StaffMember) -> None:
    assert client_for(siri).page("/ansatt").all("//link[@rel='manifest']") == []


def test_the_service_worker_covers_the_whole_site_and_names_only_what_is_everybodys(
    client_for: ClientFor, kari: Person
) -> None:
    answer = client_for(kari).get("/service-worker.js?sprak=se")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer.headers
    shell = json.loads(answer.text.partition("self.shell = ")[2].partition(";\n")[0])
    assert shell["offline"] == "/uten-nett?sprak=se"
    assert all(address.startswith("/static/dist/") for address in shell["assets"])
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", "Du er uten nett"), ("nn", "Du er utan nett"), ("en", "You are offline"), ("se", "Dus ii leat neahtta")],
)
def test_the_page_without_a_net_is_the_same_for_everybody(
    client_for: ClientFor, kari: Person, language: str, words: str
) -> None:
    path = f"/uten-nett?sprak={language}"
    nobodys, karis = client_for().page(path), client_for(kari).page(path)
    assert nobodys.html == karis.html
    assert nobodys.h1 == words
    assert "tel:61283000" in nobodys.links.values()
    assert nobodys.all("//form | //script") == []
