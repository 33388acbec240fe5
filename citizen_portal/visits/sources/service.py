"""Keep account of the sources: what each push brought, and why one was refused."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Machine
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.visits.models import VisitSource
from citizen_portal.visits.sources.models import LAG_COUNTS_WITHIN, MOST_REASONS, Rejection, SourceDay

_NUMBER: Final = re.compile(r"\[\d+\]")
_SOURCE: Final = ("municipality_id", "consumer", "client_id")
_REASON: Final = (*_SOURCE, "code", "expression", "diagnostics")


def note_push(session: Session, actor: Machine, *, reports: int, held: int, ended_at: Sequence[datetime]) -> None:
    """A push was taken in. `ended_at` is when those visits ended that it signs off."""
    now = clock.now()
    contact = insert(VisitSource).values(
        id=new_id(), consumer=actor.consumer, client_id=actor.client_id, last_contact_at=now
    )
    session.execute(contact.on_conflict_do_update(index_elements=_SOURCE, set_={"last_contact_at": now}))
    lags = [int((now - ended).total_seconds()) for ended in ended_at if now - ended < LAG_COUNTS_WITHIN]
    lags = [max(lag, 0) for lag in lags]  # a source's clock may be some seconds ahead
    _add_to_day(
        session,
        actor,
        pushes=1,
        reports=reports,
        held=held,
        sign_offs=len(lags),
        lag_seconds=sum(lags),
        longest_lag_seconds=max(lags, default=0),
    )


def note_refusal(session: Session, actor: Machine, reasons: Iterable[tuple[str, str, str]]) -> None:
    """A push was refused for these reasons: code, element and diagnostics of each, none of them with a value in it."""
    now = clock.now()
    counts = Counter((code, _NUMBER.sub("", expression), told) for code, expression, told in reasons)
    rows = [
        {
            "municipality_id": current_municipality_id(),
            "id": new_id(),
            "consumer": actor.consumer,
            "client_id": actor.client_id,
            "code": code,
            "expression": expression,
            "diagnostics": told,
            "occurrences": number,
            "first_at": now,
            "last_at": now,
        }
        for (code, expression, told), number in sorted(counts.items())
    ]
    made = insert(Rejection).values(rows)
    met_again = {"occurrences": Rejection.occurrences + made.excluded.occurrences, "last_at": now}
    session.execute(made.on_conflict_do_update(index_elements=_REASON, set_=met_again))
    _forget_oldest(session, actor)
    _add_to_day(session, actor, refused_pushes=1)


def _forget_oldest(session: Session, actor: Machine) -> None:
    """Keep only the reasons that were met last: a source that goes wild does not fill the table."""
    of_source = (
        Rejection.municipality_id == current_municipality_id(),
        Rejection.consumer == actor.consumer,
        Rejection.client_id == actor.client_id,
    )
    kept = select(Rejection.id).where(*of_source).order_by(Rejection.last_at.desc(), Rejection.id).limit(MOST_REASONS)
    session.execute(
        delete(Rejection).where(*of_source, Rejection.id.not_in(kept)).execution_options(synchronize_session=False)
    )


def _add_to_day(session: Session, actor: Machine, **counted: int) -> None:
    """Add to what is counted of the source today."""
    nothing = dict.fromkeys(
        ("pushes", "reports", "held", "refused_pushes", "sign_offs", "lag_seconds", "longest_lag_seconds"), 0
    )
    made = insert(SourceDay).values(
        id=new_id(), consumer=actor.consumer, client_id=actor.client_id, day=clock.today(), **nothing | counted
    )
    added: dict[str, Any] = {name: getattr(SourceDay, name) + made.excluded[name] for name in counted}
    if "longest_lag_seconds" in counted:
        longest = func.greatest(SourceDay.longest_lag_seconds, made.excluded.longest_lag_seconds)
        added["longest_lag_seconds"] = longest
    session.execute(made.on_conflict_do_update(index_elements=(*_SOURCE, "day"), set_=added))
