"""Login sessions: begin, find, stamp and end them. The browser holds a random token, the database its SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, delete, select, update
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id, entering, new_id, this_municipality
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries, service
from citizen_portal.identity.acting_for import as_citizen, represented_people
from citizen_portal.identity.encryption import key_ring
from citizen_portal.identity.errors import AnotherPerson, InvalidAnswer, NoStaffAccess
from citizen_portal.identity.models import (
    ABSOLUTE_LIMIT,
    IDLE_LIMIT,
    RECOGNISED_FOR,
    SEEN_INTERVAL,
    LoginSession,
    Person,
    StaffMember,
)
from citizen_portal.identity.oidc import Authentication
from citizen_portal.identity.staff_accounts.provisioning import demand_represents_us
from citizen_portal.identity.staff_roles import as_staff, roles_today
from citizen_portal.tenancy.queries import municipalities

_SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ActiveLogin:
    """Who is logged in in a browser, and the session that says so."""

    actor: Citizen | Staff
    login_session: LoginSession

    @property
    def has_lost_person(self) -> bool:
        """Whether the citizen had chosen somebody for whom she may do nothing any longer."""
        chosen = self.login_session.acting_for_id
        return chosen is not None and isinstance(self.actor, Citizen) and self.actor.principal(chosen) is None


def log_in_citizen(
    session: Session,
    authentication: Authentication,
    *,
    replacing: str | None = None,
    stepping_up: UUID | None = None,
) -> str:
    """Begin a session for a citizen and return the browser's token; the session of the token `replacing` ends.

    `stepping_up` is the person who asked for a stronger login: she alone is let in, and acts for whom she did.

    Raises:
        InvalidAnswer: the authentication carries no national id or no level.
        AnotherPerson: somebody else answered than the one who is stepping up.
    """
    if authentication.national_id is None or authentication.assurance is None:
        raise InvalidAnswer("citizen without national id or level")
    known = queries.person_by_national_id(session, authentication.national_id.value) if stepping_up else None
    if stepping_up and (known is None or known.id != stepping_up):
        raise AnotherPerson("step-up")
    person = service.register_person(
        session,
        national_id=authentication.national_id.value,
        name=authentication.name or "",
        preferred_language=authentication.locale,
    )
    person.last_login_at = clock.now()
    login_session, token, replaced = _begin(session, authentication, replacing)
    login_session.person_id = person.id
    login_session.ends_at = min(authentication.authenticated_at, login_session.created_at) + ABSOLUTE_LIMIT
    if stepping_up and replaced is not None and replaced.person_id == person.id:
        login_session.acting_for_id = replaced.acting_for_id
        login_session.ends_at = min(login_session.ends_at, replaced.ends_at)
    _record_login(session, as_citizen(login_session, person), login_session, person.id)
    return token


def log_in_staff(session: Session, authentication: Authentication, *, replacing: str | None = None) -> str:
    """Begin a session for an employee and return the browser's token; the session of the token `replacing` ends.

    Raises:
        NoStaffAccess: nobody here has that subject, the person does not represent the municipality, or no role is left
            when the token's are taken into account.
    """
    demand_represents_us(session, authentication)
    row = session.execute(
        select(StaffMember, roles_today(StaffMember.id)).where(
            StaffMember.municipality_id == current_municipality_id(),
            StaffMember.issuer == authentication.issuer,
            StaffMember.subject == authentication.subject,
            StaffMember.is_active,
        )
    ).one_or_none()
    if row is None:
        raise NoStaffAccess("unknown here")
    member, roles = row
    login_session, token, replaced = _begin(session, authentication, replacing)
    login_session.staff_id = member.id
    if replaced is not None and replaced.staff_id == member.id:
        login_session.unit_id = replaced.unit_id  # she goes on where she was
    login_session.granted_roles = None if authentication.roles is None else sorted(authentication.roles)
    actor = as_staff(login_session, member, roles)
    if actor is None:
        raise NoStaffAccess("no role")
    _record_login(session, actor, login_session, None)
    return token


def active_login(session: Session, token: str) -> ActiveLogin | None:
    """Who is logged in with a browser's token; None when nobody is, or not any longer. One statement."""
    row = session.execute(_who_has_the_token(), {"token_hash": hash_of(token)}).one_or_none()
    if row is None:
        return None
    login_session, person, member, roles, represented = row  # person is None for staff, member for citizens
    if not login_session.is_alive:
        return None
    if login_session.person_id is not None:
        return ActiveLogin(as_citizen(login_session, person, represented), login_session)
    actor = as_staff(login_session, member, roles)
    return ActiveLogin(actor, login_session) if actor is not None and member.is_active else None


@cache
def _who_has_the_token() -> Select[Any]:
    """The session of `:token_hash` with all that makes its actor. Built once: every request asks."""
    return (
        select(LoginSession, Person, StaffMember, roles_today(LoginSession.staff_id), represented_people())
        .outerjoin(
            Person, and_(Person.municipality_id == LoginSession.municipality_id, Person.id == LoginSession.person_id)
        )
        .outerjoin(
            StaffMember,
            and_(StaffMember.municipality_id == LoginSession.municipality_id, StaffMember.id == LoginSession.staff_id),
        )
        .where(LoginSession.municipality_id == this_municipality(), LoginSession.token_hash == bindparam("token_hash"))
    )


def work_in(session: Session, actor: Staff, unit_id: UUID) -> None:
    """Let the employee go on in another unit in which she has a role today. Raises NotFound."""
    if unit_id not in {unit.unit_id for unit in actor.other_units}:
        raise NotFound
    login_session = session.get_one(LoginSession, (current_municipality_id(), actor.session_id))
    login_session.unit_id = unit_id


def end_sessions_of_staff(session: Session, staff_id: UUID) -> None:
    """End every session of an employee, in whatever browser."""
    session.execute(
        delete(LoginSession)
        .where(LoginSession.municipality_id == current_municipality_id(), LoginSession.staff_id == staff_id)
        .execution_options(synchronize_session=False)
    )


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


def keep_alive(session: Session, login_session_id: UUID) -> LoginSession | None:
    """The session, begun on another half hour of use; its end stays where it was. None when it is gone."""
    return session.scalar(
        update(LoginSession)
        .where(LoginSession.municipality_id == current_municipality_id(), LoginSession.id == login_session_id)
        .values(last_seen_at=clock.now())
        .returning(LoginSession)
        .execution_options(synchronize_session=False)
    )


def session_of(session: Session, token: str) -> LoginSession | None:
    """The session of a browser's token, also when it has run out: it tells whose browser it is, and lets nobody in."""
    return session.scalar(
        select(LoginSession).where(
            LoginSession.municipality_id == current_municipality_id(), LoginSession.token_hash == hash_of(token)
        )
    )


def log_out(session: Session, token: str) -> LoginSession | None:
    """End the session of a browser's token and return it as it was; None when it had ended already."""
    ended = session_of(session, token)
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


def end_everywhere(session: Session, issuer: str, sid: str) -> int:
    """End every session of every municipality that rests on the provider's session, all or none; how many."""
    ended = 0
    for municipality in municipalities(session):
        with entering(session, municipality.id):
            ended += end_provider_session(session, issuer, sid)
    return ended


def subject_of(session: Session, actor: Staff) -> str:
    """By what the staff provider knows the employee."""
    return session.get_one(StaffMember, (current_municipality_id(), actor.staff_id)).subject


def hash_of(token: str) -> bytes:
    """What we keep of a browser's token. It has 256 random bits, so a plain SHA-256 does."""
    return hashlib.sha256(token.encode()).digest()


def _sweep(session: Session) -> None:
    """Delete some sessions that are of no use to anybody any longer, so that their id_tokens do not lie around.

    Every login sweeps; two at once never wait for each other.
    """
    dead = (
        select(LoginSession.id)
        .where(
            LoginSession.municipality_id == current_municipality_id(),
            LoginSession.last_seen_at < clock.now() - IDLE_LIMIT - RECOGNISED_FOR,
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


def _begin(
    session: Session, authentication: Authentication, replacing: str | None
) -> tuple[LoginSession, str, LoginSession | None]:
    replaced = log_out(session, replacing) if replacing else None
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
        ends_at=now + ABSOLUTE_LIMIT,
        last_seen_at=now,
    )
    login_session.id_token_encrypted = key_ring().encrypt(authentication.id_token, login_session.encryption_context)
    return login_session, token, replaced


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
