"""Forms held while somebody logs in again: nothing that was typed is lost, and nobody else gets to see it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import AssuranceTooLow, NotFound
from citizen_portal.identity.encryption import CannotDecrypt, key_ring
from citizen_portal.identity.models import RECOGNISED_FOR, HeldForm, LoginSession

LIFETIME: Final = RECOGNISED_FOR
MOST_HELD: Final = 10
"""For one person; the oldest go."""
MOST_CHARACTERS: Final = 1_000_000

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Held:
    """A held form as its owner sees it."""

    id: UUID
    path: str
    fields: Fields
    had_files: bool


def hold(session: Session, owner: LoginSession, path: str, fields: Fields, *, had_files: bool) -> UUID | None:
    """Keep the fields for whoever the login session, alive or not, belongs to; None when they are too large."""
    text = json.dumps([list(field) for field in fields])
    if len(text) > MOST_CHARACTERS:
        return None
    _sweep(session, owner)
    form = HeldForm(
        municipality_id=current_municipality_id(),
        id=uuid4(),  # random throughout: the address of what somebody wrote cannot be guessed
        person_id=owner.person_id,
        staff_id=owner.staff_id,
        assurance=owner.assurance,
        path=path,
        had_files=had_files,
        created_at=clock.now(),
    )
    form.fields_encrypted = key_ring().encrypt(text, form.encryption_context)
    session.add(form)
    session.flush()
    return form.id


def held_form(session: Session, actor: Citizen | Staff, form_id: UUID) -> Held:
    """What the actor had typed.

    Raises:
        NotFound: it is gone, or somebody else's.
        AssuranceTooLow: she typed it in a login at a higher level, where it may be about health.
    """
    form = session.scalar(select(HeldForm).where(*_of(actor), HeldForm.id == form_id, _is_fresh()))
    if form is None:
        raise NotFound
    if isinstance(actor, Citizen) and form.assurance is not None and actor.assurance < form.assurance:
        raise AssuranceTooLow
    try:
        fields = json.loads(key_ring().decrypt(form.fields_encrypted, form.encryption_context))
    except CannotDecrypt as error:  # its key is gone: nobody can read it any longer
        raise NotFound from error
    return Held(form.id, form.path, [(name, value) for name, value in fields], form.had_files)


def let_go(session: Session, actor: Citizen | Staff, form_id: UUID) -> None:
    """Forget what the actor had typed."""
    session.execute(
        delete(HeldForm).where(*_of(actor), HeldForm.id == form_id).execution_options(synchronize_session=False)
    )


def _of(actor: Citizen | Staff) -> tuple[ColumnElement[bool], ...]:
    own = HeldForm.person_id == actor.person_id if isinstance(actor, Citizen) else HeldForm.staff_id == actor.staff_id
    return HeldForm.municipality_id == current_municipality_id(), own


def _is_fresh() -> ColumnElement[bool]:
    return HeldForm.created_at > clock.now() - LIFETIME


def _sweep(session: Session, owner: LoginSession) -> None:
    """Delete what has grown old, and the owner's own beyond the limit: each new form sweeps."""
    own = HeldForm.person_id == owner.person_id if owner.person_id else HeldForm.staff_id == owner.staff_id
    newest = (
        select(HeldForm.id)
        .where(HeldForm.municipality_id == current_municipality_id(), own)
        .order_by(HeldForm.created_at.desc(), HeldForm.id)
        .limit(MOST_HELD - 1)
    )
    session.execute(
        delete(HeldForm)
        .where(
            HeldForm.municipality_id == current_municipality_id(),
            or_(~_is_fresh(), own & HeldForm.id.not_in(newest)),
        )
        .execution_options(synchronize_session=False)
    )
