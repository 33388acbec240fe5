"""Login sessions: begin, find, stamp and end them. The browser holds a random token, the database its SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Assurance, Citizen, Role, Staff
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.identity import service
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.errors import InvalidAnswer, NoStaffAccess
from citizen_portal.identity.models import IDLE_LIMIT, SEEN_INTERVAL, LoginSession, Person, StaffMember
from citizen_portal.identity.oidc import Authentication
from citizen_portal.tenancy.models import Unit

_SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ActiveLogin:
    """Who is logged in in a browser, and the session that says so."""

    actor: Citizen | Staff
    login_session: LoginSession


def log_in_citizen(session: Session, authentication: Authentication, *, replacing: str | None = None) -> str:
    """Begin a session for a citizen and return the browser's token; the session of the token `replacing` ends.

    Raises:
        InvalidAnswer: the authentication carries no national id or no level.
    """
    if authentication.national_id is None or authentication.assurance is None:
        raise InvalidAnswer("citizen without national id or level")
    person = service.register_person(
        session,
        national_id=authentication.national_id.value,
        name=authentication.name or "",
        preferred_language=authentication.locale,
    )
    login_session, token = _begin(session, authentication, replacing)
    login_session.person_id = person.id
    _record_login(session, _citizen(login_session, person), login_session, person.id)
    return token


def log_in_staff(session: Session, authentication: Authentication, *, replacing: str | None = None) -> str:
    """Begin a session for an employee and return the browser's token; the session of the token `replacing` ends.

    Raises:
        NoStaffAccess: nobody here has that subject, or no role is left when the token's are taken into account.
    """
    row = session.execute(
        select(StaffMember, Unit.name)
        .join(Unit, and_(Unit.municipality_id == StaffMember.municipality_id, Unit.id == StaffMember.unit_id))
        .where(
            StaffMember.municipality_id == current_municipality_id(),
            StaffMember.issuer == authentication.issuer,
            StaffMember.subject == authentication.subject,
            StaffMember.is_active,
        )
    ).one_or_none()
    if row is None:
        raise NoStaffAccess("unknown here")
    member, unit_name = row
    login_session, token = _begin(session, authentication, replacing)
    login_session.staff_id = member.id
    login_session.granted_roles = None if authentication.roles is None else sorted(authentication.roles)
    actor = _staff(login_session, member, unit_name)
    if not actor.roles:
        raise NoStaffAccess("no role")
    _record_login(session, actor, login_session, None)
    return token


def active_login(session: Session, token: str) -> ActiveLogin | None:
    """Who is logged in with a browser's token; None when nobody is, or not any longer. One statement."""
    row = session.execute(
        select(LoginSession, Person, StaffMember, Unit.name)
        .outerjoin(
            Person, and_(Person.municipality_id == LoginSession.municipality_id, Person.id == LoginSession.person_id)
        )
        .outerjoin(
            StaffMember,
            and_(StaffMember.municipality_id == LoginSession.municipality_id, StaffMember.id == LoginSession.staff_id),
        )
        .outerjoin(Unit, and_(Unit.municipality_id == StaffMember.municipality_id, Unit.id == StaffMember.unit_id))
        .where(LoginSession.municipality_id == current_municipality_id(), LoginSession.token_hash == hash_of(token))
    ).one_or_none()
    if row is None:
        return None
    login_session, person, member, unit_name = row  # person is None for staff, member for citizens
    if not login_session.is_alive:
        return None
    if login_session.person_id is not None:
        return ActiveLogin(_citizen(login_session, person), login_session)
    actor = _staff(login_session, member, unit_name)
    return ActiveLogin(actor, login_session) if member.is_active and actor.roles else None


def stamp_seen(session: Session, login_session_id: UUID) -> None:
    """Note that the session is in use; two requests at once stamp it once."""
    now = clock.now()
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.municipality_id == current_municipality_id(),
            LoginSession.id == login_session_id,
            LoginSession.last_seen_at <= now - SEEN_INTERVAL,
        )
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


def log_out(session: Session, token: str) -> LoginSession | None:
    """End the session of a browser's token and return it as it was; None when it had ended already."""
    ended = session.scalar(
        select(LoginSession).where(
            LoginSession.municipality_id == current_municipality_id(), LoginSession.token_hash == hash_of(token)
        )
    )
    if ended is None:
        return None
    login = active_login(session, token)
    if login is not None:
        about = login.actor.person_id if isinstance(login.actor, Citizen) else None
        audit.record(session, login.actor, EventTag.LOGGED_OUT, subject=ended, about_person_id=about)
    session.delete(ended)
    return ended


def end_provider_session(session: Session, issuer: str, sid: str) -> int:
    """End every session of the municipality that rests on the provider's session `sid`; how many there were."""
    ended = session.scalars(
        delete(LoginSession)
        .where(
            LoginSession.municipality_id == current_municipality_id(),
            LoginSession.issuer == issuer,
            LoginSession.sid == sid,
        )
        .returning(LoginSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def hash_of(token: str) -> bytes:
    """What we keep of a browser's token. It has 256 random bits, so a plain SHA-256 does."""
    return hashlib.sha256(token.encode()).digest()


def _sweep(session: Session) -> None:
    """Delete some sessions that nobody can use any longer, so that their id_tokens do not lie around.

    Every login sweeps; two at once never wait for each other.
    """
    dead = (
        select(LoginSession.id)
        .where(
            LoginSession.municipality_id == current_municipality_id(),
            LoginSession.last_seen_at < clock.now() - IDLE_LIMIT,
        )
        .order_by(LoginSession.last_seen_at)
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(LoginSession)
        .where(LoginSession.municipality_id == current_municipality_id(), LoginSession.id.in_(dead))
        .execution_options(synchronize_session=False)
    )


def _begin(session: Session, authentication: Authentication, replacing: str | None) -> tuple[LoginSession, str]:
    if replacing:
        log_out(session, replacing)
    token, now = secrets.token_urlsafe(32), clock.now()
    login_session = LoginSession(
        municipality_id=current_municipality_id(),
        id=new_id(),
        token_hash=hash_of(token),
        acr=authentication.acr,
        assurance=None if authentication.assurance is None else int(authentication.assurance),
        issuer=authentication.issuer,
        sid=authentication.sid,
        authenticated_at=authentication.authenticated_at,
        created_at=now,
        last_seen_at=now,
    )
    login_session.id_token_encrypted = key_ring().encrypt(authentication.id_token, login_session.encryption_context)
    return login_session, token


def _record_login(
    session: Session, actor: Citizen | Staff, login_session: LoginSession, about_person_id: UUID | None
) -> None:
    _sweep(session)
    session.add(login_session)
    session.flush()
    audit.record(
        session,
        actor,
        EventTag.LOGGED_IN,
        subject=login_session,
        about_person_id=about_person_id,
        acr=login_session.acr,
    )


def _citizen(login_session: LoginSession, person: Person) -> Citizen:
    assurance = Assurance(login_session.assurance or Assurance.SUBSTANTIAL)
    return Citizen(person.municipality_id, person.id, person.name, assurance, login_session.id)


def _staff(login_session: LoginSession, member: StaffMember, unit_name: str) -> Staff:
    known = {role.value: role for role in Role}
    roles = frozenset(known[name] for name in member.roles if name in known)
    if login_session.granted_roles is not None:
        roles &= {known[name] for name in login_session.granted_roles if name in known}
    return Staff(
        member.municipality_id,
        member.id,
        member.name,
        member.unit_id,
        unit_name,
        frozenset(roles),
        login_session.id,
        login_session.authenticated_at,
    )
