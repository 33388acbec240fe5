"""Keep account of the sources: what each push brought, and why one was refused."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Machine
from citizen_portal.db import current_municipality_id, new_id, table_of, this_municipality
from citizen_portal.visits.models import VisitSource
from citizen_portal.visits.sources.models import LAG_COUNTS_WITHIN, MOST_REASONS, Rejection, SourceDay

_NUMBER: Final = re.compile(r"\[\d+\]")
_SOURCE: Final = ("municipality_id", "consumer", "client_id")
_COUNTED: Final = (
    *("pushes", "reports", "held", "refused_pushes"),
    *("sign_offs", "lag_seconds", "longest_lag_seconds"),
)
_REASON: Final = (*_SOURCE, "code", "expression", "diagnostics")


def note_push(session: Session, actor: Machine, *, reports: int, held: int, ended_at: Sequence[datetime]) -> None:
    """A push was taken in. `ended_at` is when those visits ended that it signs off."""
    now = clock.now()
    lags = [int((now - ended).total_seconds()) for ended in ended_at if now - ended < LAG_COUNTS_WITHIN]
    lags = [max(lag, 0) for lag in lags]  # a source's clock may be some seconds ahead
    counted = {
        "pushes": 1,
        "reports": reports,
        "held": held,
        "sign_offs": len(lags),
        "lag_seconds": sum(lags),
        "longest_lag_seconds": max(lags, default=0),
    }
    session.execute(_push_noted(), _of_today(actor, counted) | {"source_id": new_id(), "now": now})


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
    session.execute(_day_added_to(), _of_today(actor, {"refused_pushes": 1}))


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


def _of_today(actor: Machine, counted: Mapping[str, int]) -> dict[str, Any]:
    """What is to be added to what is counted of the source today, as `_day_added_to` asks for it."""
    day = {"the_day_id": new_id(), "the_consumer": actor.consumer, "the_client": actor.client_id}
    return day | {"the_day": clock.today()} | {f"more_{name}": counted.get(name, 0) for name in _COUNTED}


@cache
def _day_added_to() -> Insert:
    """Adds to what is counted of a source on a day. Built once, as each push sends it."""
    made = insert(table_of(SourceDay)).values(
        municipality_id=this_municipality(),
        id=bindparam("the_day_id"),
        consumer=bindparam("the_consumer"),
        client_id=bindparam("the_client"),
        day=bindparam("the_day"),
        **{name: bindparam(f"more_{name}") for name in _COUNTED},
    )
    added: dict[str, Any] = {name: getattr(SourceDay, name) + made.excluded[name] for name in _COUNTED}
    longest = func.greatest(SourceDay.longest_lag_seconds, made.excluded.longest_lag_seconds)
    return made.on_conflict_do_update(index_elements=(*_SOURCE, "day"), set_=added | {"longest_lag_seconds": longest})


@cache
def _push_noted() -> Insert:
    """The same, and that the source was heard from."""
    contact = insert(table_of(VisitSource)).values(
        municipality_id=this_municipality(),
        id=bindparam("source_id"),
        consumer=bindparam("the_consumer"),
        client_id=bindparam("the_client"),
        last_contact_at=bindparam("now"),
    )
    heard = contact.on_conflict_do_update(index_elements=_SOURCE, set_={"last_contact_at": bindparam("now")})
    return _day_added_to().add_cte(heard.returning(VisitSource.id).cte("heard"))
