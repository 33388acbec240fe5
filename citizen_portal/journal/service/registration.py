"""Register entries: the number, the entry, its parties and documents, in the caller's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Actor
from citizen_portal.journal.entries import IncomingEntry, InternalEntry, JournalDocument, JournalFile, OutgoingEntry
from citizen_portal.journal.errors import CaseFileIsClosed, NoDocument
from citizen_portal.journal.models import (
    CaseFile,
    CorrespondenceParty,
    DocumentDescription,
    DocumentObject,
    RegistryEntry,
    screening_columns,
)
from citizen_portal.journal.numbering import next_journal_number
from citizen_portal.journal.screening import mask_national_ids
from citizen_portal.journal.service.sign_offs import sign_off_if_open
from citizen_portal.journal.terms import CaseStatus, DocumentRole, EntryStatus, EntryType, PartyType, SignOffMethod


def register_incoming(session: Session, actor: Actor, case_file: CaseFile, entry: IncomingEntry) -> RegistryEntry:
    """Register a document that came in. Raises CaseFileIsClosed or NoDocument."""
    parties = [
        CorrespondenceParty(party_type=PartyType.SENDER, name=entry.sender),
        _our_unit(case_file, PartyType.INTERNAL_RECIPIENT),
    ]
    facts = {"received_at": entry.received_at, "document_date": entry.document_date}
    return _register(session, actor, case_file, entry, EntryType.INCOMING, EntryStatus.JOURNALED, parties, facts)


def register_outgoing(
    session: Session, actor: Actor, case_file: CaseFile, entry: OutgoingEntry, answers: RegistryEntry | None = None
) -> RegistryEntry:
    """Register a document that was sent. The entry that it answers is signed off with it, unless it already was.

    Raises CaseFileIsClosed or NoDocument.
    """
    parties = [
        CorrespondenceParty(party_type=PartyType.RECIPIENT, name=entry.recipient),
        _our_unit(case_file, PartyType.INTERNAL_SENDER, entry.caseworker_name),
    ]
    facts = {"sent_at": entry.sent_at, "document_date": entry.document_date}
    made = _register(session, actor, case_file, entry, EntryType.OUTGOING, EntryStatus.DISPATCHED, parties, facts)
    if answers is not None:
        sign_off_if_open(session, actor, answers, SignOffMethod.ANSWERED_BY_LETTER, answer=made)
    return made


def register_internal(session: Session, actor: Actor, case_file: CaseFile, entry: InternalEntry) -> RegistryEntry:
    """Register a document that stays inside. Raises CaseFileIsClosed or NoDocument."""
    entry_type = EntryType.INTERNAL_FOR_FOLLOW_UP if entry.needs_follow_up else EntryType.INTERNAL
    if entry.is_case_presentation:
        entry_type = EntryType.CASE_PRESENTATION
    parties = [_our_unit(case_file, PartyType.INTERNAL_SENDER, entry.author)]
    if entry.needs_follow_up:
        parties.append(_our_unit(case_file, PartyType.INTERNAL_RECIPIENT))
    facts = {"document_date": entry.document_date}
    return _register(session, actor, case_file, entry, entry_type, EntryStatus.JOURNALED, parties, facts)


def _register(
    session: Session,
    actor: Actor,
    case_file: CaseFile,
    entry: IncomingEntry | OutgoingEntry | InternalEntry,
    entry_type: EntryType,
    status: EntryStatus,
    parties: Sequence[CorrespondenceParty],
    facts: dict[str, Any],
) -> RegistryEntry:
    if not entry.documents:
        raise NoDocument
    session.flush()
    today = clock.today()
    made = RegistryEntry(
        case_file_id=case_file.id,
        journal_year=today.year,
        journal_sequence_number=next_journal_number(session, today.year),
        entry_number=_next_entry_number(session, case_file),
        entry_type=entry_type,
        status=status,
        journal_date=today,
        title=entry.title,
        public_title=mask_national_ids(entry.public_title),
        created_at=clock.now(),
        created_by=actor.display_name,
        **facts,
        **screening_columns(entry.screening),
    )
    for position, party in enumerate(parties, start=1):
        party.position = position
        made.parties.append(party)
    made.documents = [_describe(actor, number, document) for number, document in enumerate(entry.documents, start=1)]
    session.add(made)
    session.flush()
    set_committed_value(made, "case_file", case_file)
    audit.record(session, actor, EventTag.ENTRY_REGISTERED, subject=made, number=made.number)
    return made


def _next_entry_number(session: Session, case_file: CaseFile) -> int:
    """The next number within the case. Taken after the journal's, so that all transactions lock in one order."""
    number = session.execute(
        update(CaseFile)
        .where(
            CaseFile.municipality_id == case_file.municipality_id,
            CaseFile.id == case_file.id,
            CaseFile.status == CaseStatus.OPEN,
        )
        .values(last_entry_number=CaseFile.last_entry_number + 1)
        .returning(CaseFile.last_entry_number)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if number is None:
        raise CaseFileIsClosed
    set_committed_value(case_file, "last_entry_number", number)
    return number


def _our_unit(case_file: CaseFile, party_type: PartyType, caseworker_name: str | None = None) -> CorrespondenceParty:
    return CorrespondenceParty(
        party_type=party_type,
        name=case_file.unit_name,
        unit_name=case_file.unit_name,
        caseworker_name=caseworker_name or case_file.responsible_name,
    )


def _describe(actor: Actor, number: int, document: JournalDocument) -> DocumentDescription:
    return DocumentDescription(
        document_number=number,
        role=DocumentRole.MAIN if number == 1 else DocumentRole.ATTACHMENT,
        document_type=document.document_type,
        title=document.title,
        created_at=clock.now(),
        created_by=actor.display_name,
        files=[_file(actor, file) for file in document.files],
    )


def _file(actor: Actor, file: JournalFile) -> DocumentObject:
    conversion = file.conversion
    return DocumentObject(
        variant=file.variant,
        version_number=1,
        format=file.format,
        format_details=file.format_details,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        created_at=clock.now(),
        created_by=actor.display_name,
        converted_at=conversion and conversion.converted_at,
        converted_by=conversion and actor.display_name,
        converted_from=conversion and conversion.from_format,
        converted_to=conversion and conversion.to_format,
        conversion_tool=conversion and conversion.tool,
        conversion_comment=conversion and conversion.comment,
    )
