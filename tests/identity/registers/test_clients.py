"""The clients speak as the registers demand, believe nothing strange, and let no number reach a log."""

import gzip
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import httpx
import pytest
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.config import Settings
from citizen_portal.identity.models import Protection
from citizen_portal.identity.registers import http
from citizen_portal.identity.registers.errors import (
    PersonNotFound,
    RegisterError,
    RegisterRefused,
    RegisterUnavailable,
    UnclearAnswer,
)
from citizen_portal.identity.registers.freg import FregClient
from citizen_portal.identity.registers.http import Deadline, register_client
from citizen_portal.identity.registers.krr import KrrClient
from citizen_portal.identity.registers.maskinporten_client import Grant, MaskinportenClient
from citizen_portal.tenancy.models import Municipality
from tests.identity.registers.fake_registers import (
    ACCOUNT,
    CLIENT_ID,
    FREG,
    KRR,
    METADATA,
    TOKEN,
    Canned,
    FakeRegisters,
    error,
    freg_person,
)
from tests.identity.registers.fixtures import BORGHILD, KARI, OLA

RINGEBU = Municipality(id=1, number="3439", organisation_number="940864872")
NORD_FRON = Municipality(id=2, number="3436", organisation_number="939849831")


@pytest.fixture
def client(settings: Settings) -> Iterator[httpx.Client]:
    with register_client(settings) as made:
        yield made


@pytest.fixture
def tokens(freg: FakeRegisters, register_key: RSAKey, client: httpx.Client) -> MaskinportenClient:
    return MaskinportenClient(f"{freg.url}/", CLIENT_ID, lambda: register_key, client)


@pytest.fixture
def population(freg: FakeRegisters, tokens: MaskinportenClient, client: httpx.Client) -> FregClient:
    return FregClient(freg.url, {"3439": ACCOUNT}, tokens, client)


@pytest.fixture
def krr(freg: FakeRegisters, tokens: MaskinportenClient, client: httpx.Client) -> KrrClient:
    return KrrClient(freg.url, tokens, client, is_delegated=False)


def soon() -> Deadline:
    return Deadline(3)


def test_a_token_is_asked_for_as_maskinporten_demands_and_kept_until_ten_seconds_before_it_ends(
    freg: FakeRegisters, tokens: MaskinportenClient
) -> None:
    grant = Grant("ks:fiks", consumer_org="940864872", resource="https://api.example")
    begun = clock.now()
    assert tokens.token(grant, soon()) == tokens.token(grant, soon()) == "token-1"
    [claims] = freg.assertions
    assert claims["aud"] == f"{freg.url}/"
    assert (claims["scope"], claims["consumer_org"], claims["resource"]) == (
        "ks:fiks",
        "940864872",
        ["https://api.example"],
    )
    for seconds, expected in ((105, "token-1"), (112, "token-2")):
        with clock.frozen(begun + timedelta(seconds=seconds)):
            if expected == "token-2":  # the fake judges times by its own clock
                freg.answers[TOKEN] = Canned(body=b'{"access_token": "token-2", "expires_in": 119}')
            assert tokens.token(grant, soon()) == expected
    del freg.answers[TOKEN]
    assert tokens.token(Grant("krr:x"), soon()) == "token-2"
    assert "consumer_org" not in freg.assertions[1]
    assert freg.count(METADATA) == 1


def test_many_threads_get_one_token(freg: FakeRegisters, tokens: MaskinportenClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: tokens.token(Grant("ks:fiks"), soon()), range(16))) == {"token-1"}


@pytest.mark.parametrize(
    ("path", "answer", "raised"),
    [
        (TOKEN, Canned(400, b'{"error":"invalid_scope","error_description":"MP-250 Kari"}'), RegisterRefused),
        (TOKEN, Canned(401, b"<html>"), RegisterRefused),
        (TOKEN, Canned(503), RegisterUnavailable),
        (TOKEN, Canned(429), RegisterUnavailable),
        (TOKEN, Canned(body=b'{"access_token": 7, "expires_in": 119}'), RegisterUnavailable),
        (TOKEN, Canned(body=b'{"access_token": "t", "expires_in": true}'), RegisterUnavailable),
        (TOKEN, Canned(body=b'{"access_token": "t", "expires_in": -1}'), RegisterUnavailable),
        (TOKEN, Canned(body=b"[]"), RegisterUnavailable),
        (
            METADATA,
            Canned(body=b'{"issuer": "https://other", "token_endpoint": "https://other/token"}'),
            RegisterRefused,
        ),
        (METADATA, Canned(500), RegisterUnavailable),
        (METADATA, Canned(302, headers={"Location": "http://127.0.0.1:1/"}), RegisterRefused),
    ],
)
def test_without_a_token_nobody_is_asked_about(
    freg: FakeRegisters,
    population: FregClient,
    caplog: pytest.LogCaptureFixture,
    path: str,
    answer: Canned,
    raised: type[RegisterError],
) -> None:
    freg.answers[path] = answer
    with pytest.raises(raised):
        population.person(RINGEBU, KARI, soon())
    assert freg.count(FREG) == 0
    assert "Kari" not in caplog.text


def test_the_code_of_maskinporten_is_logged_and_its_free_text_is_not(
    freg: FakeRegisters, population: FregClient, caplog: pytest.LogCaptureFixture
) -> None:
    freg.answers[TOKEN] = Canned(
        400, json.dumps({"error": "invalid_scope", "error_description": f"MP-250 {KARI}"}).encode()
    )
    with pytest.raises(RegisterRefused):
        population.person(RINGEBU, KARI, soon())
    assert "MP-250" in caplog.text
    assert KARI not in caplog.text


def test_metadata_may_not_lead_a_token_into_the_open(freg: FakeRegisters, population: FregClient) -> None:
    document = {"issuer": f"{freg.url}/", "token_endpoint": "http://elsewhere.example/token"}
    freg.answers[METADATA] = Canned(body=json.dumps(document).encode())
    with pytest.raises(RegisterRefused):
        population.person(RINGEBU, KARI, soon())


def test_kari_is_found_with_what_holds_now(population: FregClient) -> None:
    kari = population.person(RINGEBU, KARI, soon())
    assert (kari.name, kari.birth_date, kari.protection) == ("Kari Moen", date(1978, 4, 12), Protection.NONE)
    assert (kari.is_dead, kari.death_date) == (False, None)
    assert kari.address is not None
    assert (kari.address.lines, kari.address.postal_code, kari.address.place, kari.address.source) == (
        ("Testveien 1B",),
        "2630",
        "RINGEBU",
        "Folkeregisteret",
    )
    assert "Testveien" not in repr(kari)


def test_the_number_in_the_path_reaches_no_log_at_any_level(
    freg: FakeRegisters, population: FregClient, krr: KrrClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, logger=name)
    population.person(RINGEBU, KARI, soon())
    krr.contacts(RINGEBU, [KARI], soon())
    for answer in (error(403), error(500), Canned(body=b"junk")):
        freg.about[KARI] = answer
        with pytest.raises(RegisterError) as raised:
            population.person(RINGEBU, KARI, soon())
        assert KARI not in repr(raised.value)
        assert raised.value.__cause__ is None
    assert "5f0e5a3c-1c50-4d0b" in caplog.text
    assert KARI not in caplog.text


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (error(400), RegisterRefused),
        (error(401), RegisterRefused),
        (error(403), RegisterRefused),
        (error(404), PersonNotFound),
        (error(429), RegisterUnavailable),
        (error(500), RegisterUnavailable),
        (Canned(503, b"<html>", {"Content-Type": "text/html"}), RegisterUnavailable),
        (Canned(302, headers={"Location": "http://127.0.0.1:1/"}), RegisterRefused),
        (Canned(204, b""), RegisterRefused),
        (Canned(body=b""), RegisterUnavailable),
        (Canned(body=b"junk"), RegisterUnavailable),
        (Canned(body=b"[]"), RegisterUnavailable),
        (Canned(body=b"[" * 100_000), RegisterUnavailable),
        (Canned(body=b"\xff\xfe{}"), RegisterUnavailable),
        (Canned(headers={"Content-Type": "text/html"}), RegisterUnavailable),
        (Canned(headers={}), RegisterUnavailable),
        (Canned(body=b'{"navn": "' + b"x" * http.MOST_BYTES + b'"}'), RegisterUnavailable),
        (
            Canned(body=gzip.compress(b"{}"), headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}),
            RegisterUnavailable,
        ),
        (Canned(), UnclearAnswer),
        (Canned(body=b'{"navn": [{"fornavn": "Kari", "etternavn": "Moen"}]}'), UnclearAnswer),
        (Canned(body=json.dumps(freg_person("Ola", identifikasjonsnummer=[])).encode()), UnclearAnswer),
    ],
)
def test_what_is_no_answer_is_told_apart(
    freg: FakeRegisters, population: FregClient, answer: Canned, raised: type[RegisterError]
) -> None:
    freg.about[KARI] = answer
    with pytest.raises(RegisterError) as found:
        population.person(RINGEBU, KARI, soon())
    assert type(found.value) is raised


def test_an_answer_about_somebody_else_is_not_believed(freg: FakeRegisters, population: FregClient) -> None:
    other = {"identifikasjonsnummer": [{"foedselsEllerDNummer": OLA}], **freg_person("Ola Nordli")}
    freg.about[KARI] = Canned(body=json.dumps(other).encode())
    with pytest.raises(UnclearAnswer):
        population.person(RINGEBU, KARI, soon())


def test_a_register_that_sleeps_is_left_in_time(freg: FakeRegisters, population: FregClient) -> None:
    population.person(RINGEBU, OLA, soon())
    freg.about[KARI] = Canned(sleep=2)
    begun = time.monotonic()
    with pytest.raises(RegisterUnavailable):
        population.person(RINGEBU, KARI, Deadline(0.3))
    assert time.monotonic() - begun < 1
    with pytest.raises(RegisterUnavailable):
        population.person(RINGEBU, OLA, Deadline(0))


def test_a_register_that_is_gone_is_away(freg: FakeRegisters, client: httpx.Client, tokens: MaskinportenClient) -> None:
    gone = FregClient("http://127.0.0.1:9", {"3439": ACCOUNT}, tokens, client)
    with pytest.raises(RegisterUnavailable):
        gone.person(RINGEBU, KARI, soon())
    in_the_open = FregClient("http://fiks.example", {"3439": ACCOUNT}, tokens, client)
    with pytest.raises(RegisterRefused):
        in_the_open.person(RINGEBU, KARI, soon())


def test_the_neighbour_asks_by_an_access_of_its_own(freg: FakeRegisters, population: FregClient) -> None:
    with pytest.raises(RegisterRefused):
        population.person(NORD_FRON, KARI, soon())
    assert freg.count(FREG) == 0


def test_a_mother_finds_her_children_and_a_child_its_parents(freg: FakeRegisters, population: FregClient) -> None:
    child = "13527248013"
    freg.child(child, "Emma Moen", date(2017, 5, 5), mother=KARI, father=OLA)
    freg.guardian(BORGHILD, KARI, ("kommune", "helseOgOmsorg"), ("nav", "pensjon"))
    assert population.relations(RINGEBU, KARI, soon()).children == (child,)
    emma = population.relations(RINGEBU, child, soon())
    assert (set(emma.parents), [found.holder for found in emma.responsibilities]) == ({KARI, OLA}, [KARI, OLA])
    [guardianship] = population.relations(RINGEBU, BORGHILD, soon()).guardianships
    assert (guardianship.guardian, guardianship.tasks) == (KARI, (("kommune", "helseOgOmsorg"), ("nav", "pensjon")))
    assert KARI not in repr((emma, guardianship))


def test_contacts_come_a_thousand_at_a_time_and_only_whom_we_asked_for(freg: FakeRegisters, krr: KrrClient) -> None:
    freg.contacts = {KARI: {"personidentifikator": KARI, "reservasjon": "NEI"}, OLA: {"personidentifikator": OLA}}
    numbers = [KARI, KARI, *(f"{number:011}" for number in range(1000))]
    assert set(krr.contacts(RINGEBU, numbers, soon())) == {KARI}
    assert [len(body["personidentifikatorer"]) for body in freg.bodies] == [1000, 1]
    assert freg.assertions[0]["scope"] == "krr:global/kontaktinformasjon.read"


def test_a_supplier_asks_on_behalf_of_the_municipality(
    freg: FakeRegisters, tokens: MaskinportenClient, client: httpx.Client
) -> None:
    KrrClient(freg.url, tokens, client, is_delegated=True).contacts(RINGEBU, [KARI], soon())
    claims = freg.assertions[0]
    assert (claims["scope"], claims["consumer_org"]) == ("krr:global/kontaktinfo.read", "940864872")


@pytest.mark.parametrize("body", [b"{}", b'{"personer": {}}', b'{"personer": [1]}', b"junk"])
def test_what_the_contact_register_does_not_say_is_not_guessed(
    freg: FakeRegisters, krr: KrrClient, body: bytes
) -> None:
    freg.answers[KRR] = Canned(body=body)
    with pytest.raises(RegisterUnavailable):
        krr.contacts(RINGEBU, [KARI], soon())
