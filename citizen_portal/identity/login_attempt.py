"""A login on its way: what we must remember between sending the browser to the provider and its answer.

It lives in the browser for ten minutes, in a cookie of its own per attempt, sealed with a key of ours (JWE, RFC 7516:
dir + A256GCM). So nothing is stored for people who never come back, two tabs can log in side by side, and an answer
without its cookie belongs to somebody else's browser.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from citizen_portal import clock
from citizen_portal.auth.actor import Assurance
from citizen_portal.identity.errors import LoginExpired
from citizen_portal.identity.oidc import Authentication, Challenge
from citizen_portal.identity.tokens import CLOCK_SKEW_SECONDS

LIFETIME = timedelta(minutes=10)
COOKIE_PREFIX = "login-"
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_RESTART_PREFIX = "again."


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One attempt. `next_path` is a path of ours; `municipality_id` is where it began and must end."""

    challenge: Challenge
    next_path: str
    municipality_id: int
    created_at: datetime
    stepping_up: UUID | None = None
    """The citizen who is logged in and asked for a stronger login: nobody else may answer."""
    again_as: str | None = None
    """The subject who is logged in already and must log in anew for a sensitive action, she herself and now."""

    def is_renewed_by(self, authentication: Authentication) -> bool:
        """Whether the provider has seen the same person since the attempt began, or that was not asked for."""
        is_new = authentication.authenticated_at >= self.created_at - timedelta(seconds=CLOCK_SKEW_SECONDS)
        return self.again_as is None or (is_new and authentication.subject == self.again_as)


class AttemptSealer:
    """Seals and opens attempts with a key derived from the installation's secret."""

    def __init__(self, secret: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"citizen-portal login attempt v1").derive(
            secret.encode()
        )
        self._key = OctKey.import_key(derived)

    def seal(self, attempt: LoginAttempt) -> str:
        """The attempt as a cookie's value."""
        document = asdict(attempt) | {
            "created_at": attempt.created_at.timestamp(),
            "stepping_up": attempt.stepping_up and str(attempt.stepping_up),
        }
        return jwe.encrypt_compact(_HEADER, json.dumps(document), self._key, algorithms=["dir", "A256GCM"])

    def open(self, value: str) -> LoginAttempt:
        """The attempt in a cookie's value. Raises LoginExpired when it is not ours or older than ten minutes."""
        try:
            document = json.loads(jwe.decrypt_compact(value, self._key, algorithms=["dir", "A256GCM"]).plaintext or b"")
            attempt = _attempt(document)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise LoginExpired("cookie") from error
        if not timedelta(0) <= clock.now() - attempt.created_at <= LIFETIME:
            raise LoginExpired("age")
        return attempt


def cookie_name(state: str) -> str:
    """The name of the cookie that holds the attempt with this state; the state itself stays out of it."""
    return COOKIE_PREFIX + hashlib.sha256(state.encode()).hexdigest()[:16]


def as_second_try(challenge: Challenge) -> Challenge:
    """The same challenge, marked so that a failure explains itself instead of trying a third time.

    The mark stands in `state`, since the reason for the second try may well be that cookies do not arrive.
    """
    return replace(challenge, state=_RESTART_PREFIX + challenge.state)


def is_second_try(state: str) -> bool:
    """Whether the state belongs to an automatic second try."""
    return state.startswith(_RESTART_PREFIX)


def _attempt(document: dict[str, object]) -> LoginAttempt:
    challenge = document["challenge"]
    if not isinstance(challenge, dict):
        raise TypeError
    minimum = challenge.pop("minimum")
    return LoginAttempt(
        challenge=Challenge(**challenge, minimum=None if minimum is None else Assurance(minimum)),
        next_path=str(document["next_path"]),
        municipality_id=int(str(document["municipality_id"])),
        created_at=datetime.fromtimestamp(float(str(document["created_at"])), UTC),
        stepping_up=UUID(str(document["stepping_up"])) if document["stepping_up"] else None,
        again_as=None if document.get("again_as") is None else str(document["again_as"]),
    )
