"""Cases that were answered long ago, put straight into the table: how they came there is tried elsewhere."""

from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg
import pytest

from citizen_portal import clock, db
from citizen_portal.postgres import EmbeddedPostgres
from tests import cluster

Answered = Callable[..., None]
NEW_YEAR = datetime(2026, 1, 1, 12, tzinfo=clock.OSLO)

_ANSWERED = """
INSERT INTO application (municipality_id, id, person_id, channel, definition_id, definition_version, area, language,
                         answers, revision, escalation, status, status_changed_at, started_at, saved_at, submitted_at,
                         answer_by_date, decided_at, case_file_id, registry_entry_id)
SELECT %(municipality)s, uuidv7(), uuidv7(), 'portal', %(service)s, 1, 'health', 'nb', '{}', 1, 0, %(status)s::text,
       sent, sent, sent, sent, '2026-02-01',
       CASE WHEN %(status)s::text <> 'withdrawn' THEN sent + days * interval '1 day' END, uuidv7(), uuidv7()
FROM unnest(%(days)s::integer[]) AS days CROSS JOIN (SELECT %(sent)s::timestamptz AS sent) AS begun
"""


@pytest.fixture
def answered(database: tuple[EmbeddedPostgres, str]) -> Answered:
    """`answered([3, 5])`: the current municipality answered two cases, sent at New Year, after 3 and 5 days."""

    def put(
        days: Sequence[int], *, sent: datetime = NEW_YEAR, service: str = "trygghetsalarm", status: str = "granted"
    ) -> None:
        server, name = database
        values = {"days": list(days), "sent": sent, "service": service, "status": status}
        with psycopg.connect(cluster.plain(server.url("postgres", name))) as connection:
            connection.execute("SET session_replication_role = replica")  # neither people nor journal are made for them
            connection.execute(_ANSWERED, values | {"municipality": db.current_municipality_id()})

    return put
