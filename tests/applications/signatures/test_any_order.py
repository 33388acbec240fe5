"""Whatever is done in any order, nothing is sent without a signature for exactly what is sent, and nothing twice."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from citizen_portal import db
from citizen_portal.applications import service as applications
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures import service
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.auth.actor import Citizen
from citizen_portal.errors import DomainError
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import CaseFile
from tests.applications.conftest import STEPS
from tests.applications.signatures.conftest import FilledIn

ACTS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(["per", "ola"]), st.sampled_from([0, 1])),
    st.tuples(st.just("change"), st.sampled_from(["Én ting", "En annen ting"])),
    st.tuples(st.just("sign"), st.sampled_from(["per", "ola"]), st.integers(0, 2), st.sampled_from([0, 1])),
    st.tuples(st.just("refuse"), st.sampled_from(["per", "ola"]), st.integers(0, 2)),
    st.tuples(st.just("withdraw")),
    st.tuples(st.just("submit")),
)
"""What anybody may try. The last number of `ask` and `sign`: how old a page it was done from."""


@dataclass
class Portal:
    """The portal with one draft, and what was tried on it."""

    session: Session
    people: dict[str, Citizen]
    draft: Application
    numbers: dict[str, str]
    requests: list[SignatureRequest] = field(default_factory=list)
    sent_by: list[tuple[str, SignatureRequest]] = field(default_factory=list)

    def try_to(self, act: tuple[str, ...]) -> None:
        """Do it, or be refused."""
        try:
            with self.session.begin_nested():
                getattr(self, act[0])(*act[1:])
        except DomainError:
            self.session.expire_all()

    def ask(self, whom: str, behind: int) -> None:
        """Kari asks somebody."""
        last_name = {"per": "Moen", "ola": "Nordli"}[whom]
        asked = (self.people["kari"], self.draft.id, self.draft.revision - behind, self.numbers[whom], last_name)
        made = service.ask_by_number(self.session, *asked)
        assert behind == 0, "asked about answers that nobody looked over"
        if made not in self.requests:
            self.requests.append(made)

    def change(self, needs: str) -> None:
        """Kari changes an answer, or saves the same again."""
        answers = {**STEPS[2], "needs": needs}
        applications.save_step(self.session, self.people["kari"], self.draft.id, 2, answers, "nb")

    def sign(self, who: str, back: int, behind: int) -> None:
        """Somebody signs a request, from a page that may be old."""
        if back >= len(self.requests):
            return
        request = self.requests[-1 - back]
        was_signed, current = request.signed_at is not None, self.draft.revision
        service.sign(self.session, self.people[who], request.id, request.revision - behind)
        if not was_signed:
            assert behind == 0
            assert request.revision == current, "signed other answers than those that were sent"
            assert request.refused_at is None
            assert request.withdrawn_at is None
            self.sent_by.append((who, request))

    def refuse(self, who: str, back: int) -> None:
        """Somebody says no."""
        if back < len(self.requests):
            service.refuse(self.session, self.people[who], self.requests[-1 - back].id, None)

    def withdraw(self) -> None:
        """Kari takes it back."""
        service.withdraw(self.session, self.people["kari"], self.draft.id)

    def submit(self) -> None:
        """Kari tries to send it alone; of what is sent already it is no new sending."""
        applications.submit(self.session, self.people["kari"], self.draft.id, self.draft.revision)
        assert self.sent_by, "sent without the signature"

    def hold(self) -> None:
        """What must be true after each act."""
        self.session.flush()
        self.session.expire_all()
        cases = self.session.scalar(select(func.count()).select_from(CaseFile))
        assert cases == len(self.sent_by) <= 1
        assert self.draft.is_draft == (not self.sent_by)
        signed = [request for request in self.requests if request.signed_at is not None]
        assert signed == [request for _, request in self.sent_by]
        for who, request in self.sent_by:
            assert request.signer_id == self.people[who].person_id
            assert request.revision == self.draft.revision
        standing = [r for r in self.requests if r.refused_at is None and r.withdrawn_at is None]
        assert len(standing) <= 1


def test_never_sent_without_a_valid_signature_and_never_twice(
    kari: Person,
    per: Person,
    ola: Person,
    actor_for: Callable[..., Citizen],
    filled_in: FilledIn,
) -> None:
    people = {"kari": actor_for(kari), "per": actor_for(per), "ola": actor_for(ola)}
    numbers = {"per": per.national_id, "ola": ola.national_id}
    draft = filled_in(people["kari"])

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ACTS, max_size=12))
    @example([("ask", "per", 0), ("sign", "per", 0, 0), ("sign", "per", 0, 0), ("submit",)])
    @example(
        [
            ("ask", "per", 0),
            ("change", "En annen ting"),
            ("sign", "per", 0, 0),
            ("ask", "ola", 0),
            ("sign", "ola", 0, 0),
        ]
    )
    def holds(acts: list[tuple[str, ...]]) -> None:
        with db.transaction() as session, session.begin_nested() as attempt:
            found = session.get_one(Application, (draft.municipality_id, draft.id))
            portal = Portal(session, people, found, numbers)
            for act in acts:
                portal.try_to(act)
                portal.hold()
            session.expunge_all()
            attempt.rollback()

    holds()
