"""A machine's token opens the portal once, whichever process it is shown to (RFC 9700 section 2.2; `jti` of RFC 7519).

Maskinporten's tokens are cheap: a system asks for a new one for each push. One that was overheard, in a log or at a
proxy, is then worth nothing.
"""

from datetime import timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from citizen_portal import clock
from citizen_portal.db import current_municipality_id, table_of
from citizen_portal.identity.errors import InvalidToken
from citizen_portal.identity.maskinporten import MachineToken
from citizen_portal.identity.models import UsedToken
from citizen_portal.identity.tokens import CLOCK_SKEW_SECONDS

_KEPT_LONGER: Final = timedelta(seconds=2 * CLOCK_SKEW_SECONDS)
"""A token counts for some seconds after its end; so does the memory of it."""
_SWEPT_AT_ONCE: Final = 100


def use_once(session: Session, token: MachineToken) -> None:
    """Note that the token is used now. Raises InvalidToken when it, or another one with its `jti`, was before."""
    told = {
        "municipality": current_municipality_id(),
        "token": token.token_hash,
        "kept_until": token.expires_at + _KEPT_LONGER,
        "now": clock.now(),
    }
    if session.execute(_using(), told).one_or_none() is None:
        raise InvalidToken("replayed")


@cache
def _using() -> ReturningInsert[Any]:
    """Notes a token, and deletes some that have run out: two at once never wait for each other. Built once."""
    used = table_of(UsedToken)
    out = (
        select(used.c.token_hash)
        .where(used.c.municipality_id == bindparam("municipality"), used.c.expires_at < bindparam("now"))
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    swept = (
        delete(used)
        .where(used.c.municipality_id == bindparam("municipality"), used.c.token_hash.in_(out))
        .returning(used.c.token_hash)
        .cte("swept")
    )
    return (
        insert(used)
        .values(
            municipality_id=bindparam("municipality"),
            token_hash=bindparam("token"),
            expires_at=bindparam("kept_until"),
        )
        .on_conflict_do_nothing()
        .returning(used.c.token_hash)
        .add_cte(swept)
    )
