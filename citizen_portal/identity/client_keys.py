"""The private keys that we prove ourselves with at a login provider, in a file that may change while the portal runs.

The file holds one JWK or a JWK set (RFC 7517). The first key signs; the public halves of all are published, so that the
next key is known before it is used. The member `exp` of a key (seconds) is when it expires at the provider.
"""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from citizen_portal import clock
from citizen_portal.config import ConfigurationError

logger = logging.getLogger(__name__)

MOST_KEYS: Final = 5
"""As many as ID-porten registers for one client."""
KEY_LIFETIME: Final = timedelta(days=365)
"""The longest that ID-porten lets a registered key live."""
ALARM_BEFORE: Final = timedelta(days=30)
_PUBLISHED = ("kty", "n", "e", "kid", "use", "alg")
_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class KeyState:
    """What may be told about a key: whose it is, whether it signs now, and when it expires."""

    client: str
    kid: str
    signs: bool
    expires_at: datetime | None

    @property
    def days_left(self) -> int | None:
        """Whole days until it expires; None while nobody has noted when."""
        return None if self.expires_at is None else (self.expires_at - clock.now()).days

    @property
    def alarms(self) -> bool:
        """Whether logins will stop within a month unless somebody acts."""
        return self.signs and self.expires_at is not None and self.expires_at - clock.now() <= ALARM_BEFORE


class KeyFile:
    """The keys of one client, read again when their file changes. Threads may share it."""

    def __init__(self, client: str, path: Path) -> None:
        """Read the file. Raises ConfigurationError when it holds no usable key."""
        self.client = client
        self._path = path
        self._lock = Lock()
        self._stamp = _stamp(path)
        self._keys = read_keys(path)

    @property
    def keys(self) -> Sequence[RSAKey]:
        """The keys as the file has them now; the former ones while it cannot be read."""
        with self._lock:
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._stamp = stamp
                self._read_again()
            return self._keys

    def signing_key(self) -> RSAKey:
        """The key that proves who we are."""
        return self.keys[0]

    def published(self) -> list[dict[str, Any]]:
        """The public halves."""
        halves = [key.as_dict(private=False) for key in self.keys]
        return [{name: half[name] for name in _PUBLISHED if name in half} for half in halves]

    def states(self) -> list[KeyState]:
        """What may be told about the keys, the signing one first."""
        return [
            KeyState(self.client, str(key.kid), number == 0, _expires_at(key)) for number, key in enumerate(self.keys)
        ]

    def _read_again(self) -> None:
        try:
            self._keys = read_keys(self._path)
        except ConfigurationError as error:
            logger.error("the former keys stay in use: %s", error)
        else:
            logger.info("read the keys of %s again: %d", self.client, len(self._keys))


def read_keys(path: Path) -> tuple[RSAKey, ...]:
    """The private RSA keys in a file, each with the `kid` that the provider knows it by. Raises ConfigurationError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        keys = tuple(RSAKey.import_key(jwk) for jwk in document.get("keys", [document]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, JoseError) as error:
        raise ConfigurationError(f"cannot read the private key in {path}: {type(error).__name__}") from error
    if not keys or not all(key.is_private and key.kid for key in keys):
        raise ConfigurationError(f"the key in {path} is not a private key with a kid")
    return keys


def rotate(path: Path, *, lifetime: timedelta = KEY_LIFETIME, prepare: bool = False) -> RSAKey:
    """Put a new key first in the file and keep the former ones; the key that signs from now on.

    With `prepare` the new key is published and signs nothing yet; the next rotation takes it into use. Expired keys go,
    and of more than five the oldest. Raises ConfigurationError when the file holds no usable key.
    """
    signing, *others = read_keys(path)
    now = clock.now()
    others = [key for key in others if (_expires_at(key) or now) >= now]
    prepared = max(others, key=_age_order, default=None)
    if not prepare and prepared is not None and _age_order(prepared) > _age_order(signing):
        keys = [prepared, signing, *(key for key in others if key is not prepared)]
    else:
        new = _new_key(now + lifetime)
        keys = [signing, new, *others] if prepare else [new, signing, *others]
    _write(path, keys[:MOST_KEYS])
    return keys[0]


def _new_key(expires_at: datetime) -> RSAKey:
    key = RSAKey.generate_key(_RSA_BITS, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    jwk: dict[str, Any] = {**key.as_dict(private=True), "exp": int(expires_at.timestamp())}
    return RSAKey.import_key(jwk)


def _write(path: Path, keys: Sequence[RSAKey]) -> None:
    """Exchange the file in one step: nobody ever reads half of it, and nobody else reads it at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"keys": [key.as_dict(private=True) for key in keys]}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _expires_at(key: RSAKey) -> datetime | None:
    seconds: object = key.as_dict(private=False).get("exp")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _age_order(key: RSAKey) -> float:
    expires_at = _expires_at(key)
    return 0.0 if expires_at is None else expires_at.timestamp()


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
