"""The signatures that one person was asked for, and those that her own applications needed."""

from collections.abc import Iterator

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import WITHOUT_ANSWERS
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.identity.models import Person
from citizen_portal.my_data import format as f
from citizen_portal.my_data.applications import AT_ONCE


def signatures(session: Session, person: Person) -> Iterator[f.Record]:
    """What she was asked to sign, and whom she asked; not what came to her by a slip in somebody's number."""
    query = (
        select(SignatureRequest, Application)
        .options(WITHOUT_ANSWERS)
        .join(
            Application,
            and_(
                Application.municipality_id == SignatureRequest.municipality_id,
                Application.id == SignatureRequest.application_id,
            ),
        )
        .where(
            SignatureRequest.municipality_id == person.municipality_id,
            or_(SignatureRequest.signer_id == person.id, Application.person_id == person.id),
        )
        .order_by(SignatureRequest.id)
    )
    for request, application in session.execute(query.execution_options(yield_per=AT_ONCE)):
        if application.person_id == person.id or request.is_for(person.name):
            yield _record(request, application, is_signer=request.signer_id == person.id)


def _record(request: SignatureRequest, application: Application, *, is_signer: bool) -> f.SignatureRecord:
    """Of somebody else's application the signer is told its title once she has signed it."""
    is_told = not is_signer or request.signed_at is not None
    return f.SignatureRecord(
        role="signer" if is_signer else "applicant",
        other=request.asked_by_name if is_signer else request.signer_name or request.called,
        application=application.definition.title.in_language(application.language) if is_told else None,
        asked_at=request.asked_at,
        signed_at=request.signed_at,
        refused_at=request.refused_at,
        refusal_reason=request.refusal_reason,
        withdrawn_at=request.withdrawn_at,
    )
