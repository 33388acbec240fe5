"""Whatever people write in titles and names, the deposit that comes of it is sound."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen_portal.archive.noark5.check import check
from citizen_portal.archive.noark5.records import CaseRecord, EntryRecord
from citizen_portal.journal.terms import EntryType, PartyType, SignOffMethod
from tests.archive.conftest import SmallArchive

# Any text that has something to read in it: what people type, paste, and what breaks parsers.
written = st.text(min_size=1, max_size=80).filter(
    lambda text: any(char.isprintable() and not char.isspace() for char in text)
)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
instants = st.integers(0, 364 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))


@st.composite
def archives(draw: st.DrawFn) -> SmallArchive:
    """The small archive with other words, dates and types in it."""
    made = SmallArchive()
    made.content = [(_case(draw, case), [_entry(draw, entry) for entry in entries]) for case, entries in made.content]
    return made


def _case(draw: st.DrawFn, case: CaseRecord) -> CaseRecord:
    return dataclasses.replace(
        case, title=draw(written), public_title=draw(written), unit_name=draw(written), responsible_name=draw(written)
    )


def _entry(draw: st.DrawFn, entry: EntryRecord) -> EntryRecord:
    day = draw(days)
    parties = tuple(
        dataclasses.replace(party, name=draw(written), party_type=draw(st.sampled_from(PartyType)))
        for party in entry.parties
    )
    sign_offs = tuple(dataclasses.replace(s, method=draw(st.sampled_from(SignOffMethod))) for s in entry.sign_offs)
    return dataclasses.replace(
        entry,
        title=draw(written),
        public_title=draw(written),
        journal_date=day,
        document_date=draw(st.none() | st.dates(date(1900, 1, 1), day)),
        received_at=draw(st.none() | instants),
        sent_at=draw(st.none() | instants),
        entry_type=draw(st.sampled_from(EntryType)),
        parties=parties,
        sign_offs=sign_offs,
    )


@given(archive=archives())
@settings(
    max_examples=40,
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_words_make_a_sound_deposit(
    archive: SmallArchive, official_schemas: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("round-trip") / "deposit"
    archive.write(official_schemas, out)
    assert check(out, None) == []
