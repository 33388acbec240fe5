"""Set up a municipality's archive: fonds, active series, classification."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.auth.actor import Actor
from citizen_portal.db import new_id
from citizen_portal.journal.models import ClassificationClass, ClassificationSystem, Fonds, Series
from citizen_portal.journal.terms import SeriesStatus


@dataclass(frozen=True, slots=True)
class ClassDefinition:
    """A class and the classes below it. Only those without any below hold case files."""

    code: str
    title: str
    subclasses: tuple["ClassDefinition", ...] = ()


def set_up_archive(
    session: Session,
    actor: Actor,
    *,
    fonds_title: str,
    series_title: str,
    start_date: date,
    classification_title: str,
    classes: Sequence[ClassDefinition],
) -> Series:
    """Make the current municipality's fonds, its active series from `start_date` and a functional classification."""
    made = {"created_at": clock.now(), "created_by": actor.display_name}
    fonds = Fonds(id=new_id(), title=fonds_title, **made)
    system = ClassificationSystem(id=new_id(), title=classification_title, kind="Funksjonsbasert, hierarkisk", **made)
    session.add_all([fonds, system])
    session.flush()
    series = Series(
        fonds_id=fonds.id,
        classification_system_id=system.id,
        title=series_title,
        status=SeriesStatus.ACTIVE,
        start_date=start_date,
        **made,
    )
    session.add(series)
    _add_classes(session, system, None, classes)
    session.flush()
    return series


def _add_classes(
    session: Session,
    system: ClassificationSystem,
    parent: ClassificationClass | None,
    classes: Sequence[ClassDefinition],
) -> None:
    for definition in classes:
        made = ClassificationClass(
            id=new_id(),
            classification_system_id=system.id,
            parent_id=parent and parent.id,
            code=definition.code,
            title=definition.title,
            created_at=system.created_at,
            created_by=system.created_by,
        )
        session.add(made)
        session.flush()
        _add_classes(session, system, made, definition.subclasses)
