"""The machine-readable copy: what `opplysninger.json` holds. Its JSON Schema goes with it as `skjema.json`.

Times are ISO 8601 with their zone (Norway's), text is UTF-8. A new field raises the minor version, any other change the
major one.
"""

from datetime import date, time
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from citizen_portal import clock

NAME: Final = "citizen-portal/my-data"
VERSION: Final = "1.2"

Moment = Annotated[AwareDatetime, AfterValidator(clock.to_oslo)]
"""An instant, written on a Norwegian wall clock with its offset."""


class Record(BaseModel):
    """One thing that we have on file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Municipality(Record):
    """Who is responsible for the data."""

    name: str
    organisation_number: str
    email: str
    phone: str


class AboutPerson(Record):
    """The person herself."""

    name: str
    birth_date: date | None
    preferred_language: str | None
    email: str | None
    phone: str | None
    national_id: Literal["kept encrypted, and not repeated here"] = "kept encrypted, and not repeated here"
    known_since: Moment


class RepresentationRecord(Record):
    """That one may act for the other. `role` is what the person of this file is in it."""

    role: Literal["represented", "representative"]
    other: str = Field(description="The other's name.")
    basis: str
    areas: list[str]
    registered_by: str
    valid_from: date
    valid_to: date | None
    revoked_at: Moment | None
    revoked_by: str | None
    visits_stopped_at: Moment | None = Field(description="Since when the visits are not shown to the representative.")


class AnswerRecord(Record):
    """A question as it was asked, and the answer in words."""

    question: str
    answer: str


class EventRecord(Record):
    """A step of an application's timeline."""

    what: str
    occurred_at: Moment
    by: str | None
    unit: str | None
    facts: dict[str, str]


class ApplicationRecord(Record):
    """An application or a draft of one."""

    service: str
    title: str
    status: str
    case_number: str | None
    started_at: Moment
    saved_at: Moment
    submitted_at: Moment | None
    answer_by: date | None
    answers: list[AnswerRecord] = Field(description="What was asked and answered, in words.")
    raw_answers: dict[str, Any] = Field(description="The answers as they are kept, by the name of the field.")
    consents: list[str] = Field(description="The statements that were agreed to.")
    timeline: list[EventRecord]


class SignatureRecord(Record):
    """That somebody was asked to sign an application. `role` is what the person of this file is in it."""

    role: Literal["signer", "applicant"]
    other: str = Field(description="The other's name, as far as the person of this file knows it.")
    application: str | None = Field(description="What it is called; None for a signer who has not signed it.")
    asked_at: Moment
    signed_at: Moment | None
    refused_at: Moment | None
    refusal_reason: str | None
    withdrawn_at: Moment | None


class FileRecord(Record):
    """A file. `path` is where it lies in the ZIP file; None when it could not be found in the store, or nobody may open
    it: a virus was found in it, or it is not checked for viruses yet.
    """

    title: str
    path: str | None
    media_type: str
    size_bytes: int
    sha256: str


class CaseRecord(Record):
    """A case file in the archive."""

    case_number: str
    title: str
    unit: str
    case_date: date
    status: str
    closed_at: Moment | None


class EntryRecord(Record):
    """A registry entry of a case: a letter in or out, with its documents."""

    journal_number: str
    case_number: str
    entry_type: str
    title: str
    journal_date: date
    received_at: Moment | None
    sent_at: Moment | None
    documents: list[FileRecord]


class MessageRecord(Record):
    """A message of a conversation about a case."""

    case_number: str
    subject: str
    position: int
    sent_at: Moment
    from_municipality: bool
    author: str
    unit: str | None
    body: str
    attachments: list[FileRecord]


class DraftRecord(Record):
    """A message that was typed and not sent."""

    case_number: str
    body: str
    saved_at: Moment


class VisitRecord(Record):
    """A home-care visit, and the receipt that it took place."""

    service: str | None
    status: str
    unit: str | None
    planned_start_at: Moment | None
    planned_end_at: Moment | None
    performed_at: Moment | None
    ended_at: Moment | None
    receipt_received_at: Moment | None
    cancelled_by: str | None
    visitor_role: str | None
    visitor_name: str | None
    patient_note: str | None


class SignOffRecord(Record):
    """What a nurse told from the door of a visit; `undone_at` is when it was taken back."""

    service: str | None
    outcome: str
    reason: str | None = Field(description="Why nobody was visited.")
    performed_at: Moment
    received_at: Moment
    undone_at: Moment | None


class DeviationRecord(Record):
    """What did not go as planned with a visit, and what was done about it."""

    service: str | None
    kind: str
    expected_at: Moment | None = Field(description="By when the visit should have been done.")
    opened_at: Moment
    closed_at: Moment | None
    closed_as: str | None
    handled_by: str | None
    handled_reason: str | None


class VisitChangeRecord(Record):
    """That somebody asked for a visit to be cancelled or moved, and the answer, where the visit is the person's own."""

    about: Literal["own visit", "another's visit"]
    asked_by: str
    kind: str
    wish: str
    visit_planned_at: Moment | None
    asked_at: Moment
    withdrawn_at: Moment | None
    state: str
    answered_at: Moment | None
    answered_by: str | None
    answer: str | None


class VisitorNamesRecord(Record):
    """That the person wants to see the names of those who come."""

    allowed_at: Moment


class FollowingRecord(Record):
    """What the person has chosen to be told of somebody's visits."""

    whose: str
    choice: str
    quiet_from: time | None
    quiet_until: time | None
    missing_breaks_quiet: bool
    chosen_at: Moment


class AccessRecord(Record):
    """A line of the access log: who did what with the person's data, in what capacity, why and when."""

    number: int
    occurred_at: Moment
    what: str
    by_yourself: bool
    who: str
    kind: str = Field(description="citizen, staff, machine or system.")
    roles: list[str]
    unit: str | None
    purpose: str | None
    reason: str | None
    case_number: str | None


class LoginRecord(Record):
    """A login or logout."""

    what: Literal["logged-in", "logged-out"]
    occurred_at: Moment
    level: str | None = Field(description="The login's level of assurance, as the provider names it.")


class NoticeRecord(Record):
    """A notice that something waited."""

    occasion: str
    created_at: Moment
    status: str
    channel: str | None
    sent_to: str | None
    sent_at: Moment | None


class BrowserRecord(Record):
    """A browser in which the person takes messages."""

    since: Moment


class RequestRecord(Record):
    """A request to correct, block or delete something, and the answer."""

    kind: str
    about: str
    right: str | None
    sent_at: Moment
    answered_at: Moment | None
    answered_by: str | None
    unit: str | None
    outcome: str | None
    answer: str | None


class ExportRecord(Record):
    """A copy of one's own data that was ordered."""

    ordered_at: Moment
    ready_at: Moment | None
    status: str


class MyData(Record):
    """Everything that a municipality has about one person in its citizen portal."""

    format: Literal["citizen-portal/my-data"]
    version: Literal["1.2"]
    id: str
    made_at: Moment
    municipality: Municipality
    person: AboutPerson
    representations: list[RepresentationRecord]
    applications: list[ApplicationRecord]
    signatures: list[SignatureRecord]
    cases: list[CaseRecord]
    entries: list[EntryRecord]
    messages: list[MessageRecord]
    message_drafts: list[DraftRecord]
    visits: list[VisitRecord]
    visit_sign_offs: list[SignOffRecord]
    visit_deviations: list[DeviationRecord]
    visit_changes: list[VisitChangeRecord]
    visitor_names: list[VisitorNamesRecord]
    followings: list[FollowingRecord]
    access_log: list[AccessRecord]
    logins: list[LoginRecord]
    notices: list[NoticeRecord]
    browsers: list[BrowserRecord]
    requests: list[RequestRecord]
    exports: list[ExportRecord]
