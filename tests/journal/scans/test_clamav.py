"""What ClamAV answers is a verdict, or it is no answer."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen_portal.journal.scans.clamav import Clamd, ScannerAway, read_reply
from tests.journal.scans.fake_clamd import EICAR, fake_clamd


def test_a_virus_is_found_and_an_honest_file_is_clean_over_tcp() -> None:
    with fake_clamd() as url:
        assert Clamd(url).signature_in(b"begin " + EICAR) == "Eicar-Test-Signature"
        assert Clamd(url).signature_in(bytes(1_000_000)) is None


def test_the_daemons_own_socket_does_as_well(tmp_path: Path) -> None:
    with fake_clamd(path=tmp_path / "clamd.ctl") as url:
        assert Clamd(url).signature_in(EICAR) == "Eicar-Test-Signature"
        assert Clamd(url).signature_in(b"") is None


@pytest.mark.parametrize(
    "answer",
    [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: ERROR\0", b"stream: OK\0stream: OK\0", b"O" * 9000],
)
def test_what_is_no_verdict_is_no_answer(answer: bytes) -> None:
    with fake_clamd(answer) as url, pytest.raises(ScannerAway):
        Clamd(url).signature_in(b"a letter")


def test_a_scanner_that_is_not_there_is_away(tmp_path: Path) -> None:
    with fake_clamd() as url:
        pass
    for address in (url, f"unix://{tmp_path}/none"):
        with pytest.raises(ScannerAway):
            Clamd(address, seconds=1).signature_in(b"a letter")


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:3310", "tcp://127.0.0.1", "unix://host/path", "/run/clamd.ctl"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="scanner's address"):
        Clamd(url)


@given(st.binary(max_size=200))
def test_no_answer_but_the_two_verdicts_is_believed(reply: bytes) -> None:
    try:
        signature = read_reply(reply)
    except ScannerAway:
        return
    assert reply.startswith(b"stream: ")
    assert signature is not None or reply.rstrip(b"\0\n") == b"stream: OK"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=200))
def test_every_name_of_a_virus_comes_through(name: str) -> None:
    assert read_reply(f"stream: {name} FOUND\0".encode()) == name


@given(st.binary(max_size=40), st.sampled_from([b"stream: OK", b"stream: X FOUND"]))
def test_a_verdict_with_something_behind_it_is_not_believed(more: bytes, verdict: bytes) -> None:
    if more not in (b"", b"\0", b"\n", b"\0\n"):
        try:
            signature = read_reply(verdict + b"\0" + more)
        except ScannerAway:
            return
        pytest.fail(f"believed: {signature}")
