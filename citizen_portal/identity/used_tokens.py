"""A machine's token opens the portal once, whichever process it is shown to (RFC 9700 section 2.2; `jti` of RFC 7519).

Maskinporten's tokens are cheap: a system asks for a new one for each push. One that was overheard, in a log or at a
proxy, is then worth nothing.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.db import current_municipality_id
from citizen_portal.identity.errors import InvalidToken
from citizen_portal.identity.maskinporten import MachineToken
from citizen_portal.identity.models import UsedToken
from citizen_portal.identity.tokens import CLOCK_SKEW_SECONDS

_KEPT_LONGER: Final = timedelta(seconds=2 * CLOCK_SKEW_SECONDS)
"""A token counts for some seconds after its end; so does the memory of it."""
_SWEPT_AT_ONCE: Final = 100


def use_once(session: Session, token: MachineToken) -> None:
    """Note that the token is used now. Raises InvalidToken when it, or another one with its `jti`, was before."""
    _sweep(session)
    noted = session.scalar(
        insert(UsedToken)
        .values(
            municipality_id=current_municipality_id(),
            token_hash=token.token_hash,
            expires_at=token.expires_at + _KEPT_LONGER,
        )
        .on_conflict_do_nothing()
        .returning(UsedToken.token_hash)
    )
    if noted is None:
        raise InvalidToken("replayed")


def _sweep(session: Session) -> None:
    """Delete some that have run out. Two at once never wait for each other."""
    key = (UsedToken.municipality_id, UsedToken.token_hash)
    out = (
        select(*key)
        .where(UsedToken.municipality_id == current_municipality_id(), UsedToken.expires_at < clock.now())
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(UsedToken)
        .where(UsedToken.municipality_id == current_municipality_id(), tuple_(*key).in_(out))
        .execution_options(synchronize_session=False)
    )
