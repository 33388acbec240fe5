"""What strangers send: no answer lacks the security headers, nothing ends in an error of ours, nothing holds us up."""

import socket
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from gunicorn.config import Config  # type: ignore[import-untyped]
from werkzeug.test import Client

from citizen_portal import serving
from citizen_portal.security import MOST_FORM_BYTES
from citizen_portal.tenancy.models import Municipality

HEADERS = ("X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "X-Frame-Options")
RINGEBU = "http://ringebu.localhost"
FRONT_END_FILE = "/static/dist/manifest.json"


@pytest.fixture
def browser(app: Flask, ringebu: Municipality) -> Client:
    """A browser of nobody in particular, which reads nothing strictly."""
    return Client(app)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/", "/finnes-ikke", "/min-side", "/api/fhir", "/static/dist/manifest.json", "/helse"]
)
def test_every_answer_carries_the_security_headers(browser: Client, path: str, method: str) -> None:
    with browser.open(path, method=method, base_url=RINGEBU) as response:
        assert not [name for name in HEADERS if name not in response.headers]


def test_over_tls_front_end_files_too_are_remembered_as_tls_only(browser: Client) -> None:
    with browser.get(FRONT_END_FILE, base_url="https://ringebu.localhost") as response:
        assert "max-age=" in response.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("host", ["a" * 300, "a..b", "ringebu.localhost:port", "x@ringebu.localhost", "[::1]", "\xe5"])
def test_a_host_that_is_no_name_is_answered_404(browser: Client, host: str) -> None:
    response = browser.get("/", headers={"Host": host})
    assert response.status_code in (400, 404)
    assert not [name for name in HEADERS if name not in response.headers]


def test_a_form_larger_than_anybody_writes_is_refused_before_it_is_read(browser: Client) -> None:
    unread = BytesIO(b"a&" * MOST_FORM_BYTES)
    response = browser.post(
        "/sprak",
        input_stream=unread,
        content_length=2 * MOST_FORM_BYTES,
        content_type="application/x-www-form-urlencoded",
        base_url=RINGEBU,
    )
    assert (response.status_code, unread.tell()) == (413, 0)


@pytest.mark.parametrize("path", ["/sprak", "/api/fhir"])
def test_a_body_without_a_length_is_refused_since_it_could_be_cut_off_unseen(browser: Client, path: str) -> None:
    response = browser.post(
        path,
        input_stream=BytesIO(b"language=nn"),
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
        content_type="application/x-www-form-urlencoded",
        base_url=RINGEBU,
    )
    assert response.status_code == 411


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that accepts connections as the web server's do."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def test_a_phone_that_went_silent_in_the_middle_of_sending_holds_no_thread_for_long(listener: socket.socket) -> None:
    serving.limit_silence([listener], seconds=1)
    with socket.create_connection(listener.getsockname()) as phone:
        phone.sendall(b"half a")
        accepted, _ = listener.accept()
        with accepted:
            accepted.setblocking(True)
            assert accepted.recv(100) == b"half a"
            with pytest.raises(BlockingIOError):
                accepted.recv(100)


def test_the_web_server_itself_believes_no_forwarding_header() -> None:
    config = Config()
    config.set("forwarded_allow_ips", serving.options("127.0.0.1:1", workers=1, threads=1)["forwarded-allow-ips"])
    assert config.forwarded_allow_ips == []
