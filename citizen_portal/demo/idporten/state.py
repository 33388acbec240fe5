"""What the demo provider remembers while it runs: pushed requests, codes, sessions and used token ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_urlsafe
from threading import Lock
from typing import Generic, TypeVar

from citizen_portal import clock

PUSHED_LIFETIME = timedelta(seconds=300)
CODE_LIFETIME = timedelta(seconds=60)
SESSION_IDLE, SESSION_ABSOLUTE = timedelta(minutes=30), timedelta(minutes=120)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """An authorization request that a client pushed."""

    client_id: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """A browser in which somebody is logged in. `visited` holds the (client id, origin) pairs to log out of."""

    sid: str
    person_key: str
    kind: str
    acr: str
    began_at: datetime
    authenticated_at: datetime
    """Later than `began_at` after a step up, which does not make the session longer."""
    seen_at: datetime
    visited: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """An authorization code and all it is bound to."""

    request: PushedRequest
    session: SingleSignOn


class Expiring(Generic[Value]):
    """Values under random names, each for a limited time. Safe between threads."""

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime
        self._lock = Lock()
        self._values: dict[str, tuple[datetime, Value]] = {}

    def put(self, value: Value) -> str:
        """Keep the value under a new unguessable name."""
        name = token_urlsafe(32)
        self.set(name, value)
        return name

    def set(self, name: str, value: Value) -> None:
        """Keep the value under `name`."""
        with self._lock:
            now = clock.now()
            self._values = {key: kept for key, kept in self._values.items() if kept[0] > now}
            self._values[name] = (now + self._lifetime, value)

    def add_once(self, name: str, value: Value) -> bool:
        """Keep the value unless the name is taken; whether it was kept."""
        with self._lock:
            now = clock.now()
            taken = name in self._values and self._values[name][0] > now
            if not taken:
                self._values[name] = (now + self._lifetime, value)
            return not taken

    def get(self, name: str) -> Value | None:
        """The value, still there afterwards."""
        with self._lock:
            kept = self._values.get(name)
        return kept[1] if kept and kept[0] > clock.now() else None

    def take(self, name: str) -> Value | None:
        """The value, once."""
        with self._lock:
            kept = self._values.pop(name, None)
        return kept[1] if kept and kept[0] > clock.now() else None

    def find(self, sid: str) -> str | None:
        """The name of the session with that `sid`."""
        with self._lock:
            items = list(self._values.items())
        return next((name for name, (_, value) in items if getattr(value, "sid", None) == sid), None)


@dataclass(slots=True)
class ProviderState:
    """All of it."""

    pushed: Expiring[PushedRequest] = field(default_factory=lambda: Expiring(PUSHED_LIFETIME))
    codes: Expiring[IssuedCode] = field(default_factory=lambda: Expiring(CODE_LIFETIME))
    sessions: Expiring[SingleSignOn] = field(default_factory=lambda: Expiring(SESSION_ABSOLUTE))
    used_token_ids: Expiring[bool] = field(default_factory=lambda: Expiring(timedelta(minutes=10)))

    def living_session(self, cookie: str, kind: str) -> SingleSignOn | None:
        """The session of a browser's cookie, unless it idled for half an hour or is two hours old."""
        session = self.sessions.get(cookie)
        if session is None or session.kind != kind:
            return None
        now = clock.now()
        if now - session.seen_at > SESSION_IDLE or now - session.began_at > SESSION_ABSOLUTE:
            self.sessions.take(cookie)
            return None
        return session

    def visit(self, cookie: str, session: SingleSignOn, client_id: str, origin: str) -> SingleSignOn:
        """The same session, having now also logged in at `origin`."""
        visited = session.visited | {(client_id, origin)}
        seen = replace(session, seen_at=clock.now(), visited=visited)
        self.sessions.set(cookie, seen)
        return seen
