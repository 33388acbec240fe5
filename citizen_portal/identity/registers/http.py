"""Calls to the registers over HTTP: a limit to everything, and no address in any log.

The population register wants the person's number in the path. httpx writes the address of each request to its log, so
that log is silenced here, and nothing of a failed call but a short code leaves this module.
"""

import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from citizen_portal.config import Settings
from citizen_portal.identity.provider import is_safe_url
from citizen_portal.identity.registers.errors import RegisterRefused, RegisterUnavailable

logger = logging.getLogger(__name__)

MOST_BYTES: Final = 4 * 1024 * 1024
"""Room for a thousand people from the contact register."""
CONNECT_SECONDS: Final = 1.0
_ERROR_ID = re.compile(r"[0-9A-Fa-f-]{8,64}")


class Deadline:
    """When an answer is of no use any longer, however many calls it takes."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Raises RegisterUnavailable when it has passed."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise RegisterUnavailable("deadline")
        return left


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON object with it; an empty one where the body of an error was something else."""

    status: int
    document: Mapping[str, Any]

    @property
    def error_id(self) -> str:
        """What the provider's support asks for, in Fiks' errors; never their text or path, which can name a person."""
        found = _ERROR_ID.fullmatch(str(self.document.get("errorId", "")))
        return found.group() if found else "-"


def register_client(settings: Settings) -> httpx.Client:
    """An HTTP client for the registers."""
    logging.getLogger("httpx").addFilter(_drop)
    return httpx.Client(
        headers={"User-Agent": "citizen-portal", "Accept": "application/json", "Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=not settings.is_demo,
    )


def ask(http: httpx.Client, method: str, url: str, deadline: Deadline, **request: Any) -> Answer:
    """Make one call. Raises RegisterUnavailable or RegisterRefused; other errors than theirs are the caller's to judge.

    A chain of exceptions would carry the request, and with it the address: so each is cut off here.
    """
    if not is_safe_url(url):
        raise RegisterRefused("url without TLS")
    try:
        left = deadline.seconds_left
        timeout = httpx.Timeout(left, connect=min(left, CONNECT_SECONDS))
        with http.stream(method, url, timeout=timeout, **request) as response:
            return _answer(response, deadline)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise RegisterUnavailable(type(error).__name__) from None


def demand_success(answer: Answer, register: str) -> Mapping[str, Any]:
    """The object of an answer with status 200; of another the codes are logged.

    Raises:
        RegisterUnavailable, RegisterRefused
    """
    if answer.status == 200:
        return answer.document
    logger.warning("%s answered %s, error id %s", register, answer.status, answer.error_id)
    if answer.status == 429 or answer.status >= 500:
        raise RegisterUnavailable(f"{register} {answer.status}")
    raise RegisterRefused(f"{register} {answer.status}")


def _answer(response: httpx.Response, deadline: Deadline) -> Answer:
    is_json = response.headers.get("content-type", "").partition(";")[0].strip().lower().endswith("json")
    is_plain = response.headers.get("content-encoding", "identity").lower() == "identity"
    body = bytearray()
    for chunk in response.iter_raw() if is_json and is_plain else ():
        body += chunk
        if len(body) > MOST_BYTES or not deadline.seconds_left:
            raise RegisterUnavailable("too large")
    try:
        document = json.loads(body) if body else None
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        return Answer(response.status_code, document)
    if response.status_code == 200:
        raise RegisterUnavailable("not a JSON object")
    return Answer(response.status_code, {})


def _drop(_record: logging.LogRecord) -> bool:
    return False
