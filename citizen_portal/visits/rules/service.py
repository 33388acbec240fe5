"""Change a unit's limits."""

from uuid import UUID

from sqlalchemy.orm import Session

from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.tenancy.queries import unit
from citizen_portal.visits.rules import queries
from citizen_portal.visits.rules.models import Limits
from citizen_portal.visits.service import wait_for_turn


def change(session: Session, actor: Staff, unit_id: UUID, limits: Limits) -> None:
    """Let the unit's limits be these from now on; the audit log holds the old ones. Raises NotFound."""
    wait_for_turn(session)  # a unit that has set none has no row that could be locked
    rules = queries.rules_to_change(session, unit(session, unit_id).id)
    former = rules.limits
    if former == limits:
        return
    rules.become(limits)
    session.add(rules)
    before, after = former.in_words, limits.in_words
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    audit.record(session, actor, EventTag.CARE_RULES_CHANGED, subject=rules, unit=str(unit_id), changed=changed)
