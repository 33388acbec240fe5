"""Staff log in with Entra ID or Ansattporten, and come in where the municipality has given them a role."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as a_few_examples
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.config import ConfigurationError, Settings
from citizen_portal.demo import people
from citizen_portal.demo.organisations import DEMO_ORGANISATIONS
from citizen_portal.identity import service, sessions
from citizen_portal.identity.errors import InvalidAnswer, LoginTooWeak, NoStaffAccess
from citizen_portal.identity.models import LoginSession, StaffMember, StaffRole
from citizen_portal.identity.oidc import Authentication, Challenge, OpenIdClient
from citizen_portal.identity.provider import idporten_like
from citizen_portal.identity.staff_accounts.provisioning import make_known
from citizen_portal.identity.staff_claims import from_ansattporten, from_entra
from citizen_portal.identity.staff_client import staff_registration
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality, Unit
from tests.conftest import STAFF_ISSUER, ClientFor, as_owner, strict_app
from tests.identity.fake_provider import (
    ISSUER,
    RESOURCE,
    FakeProvider,
    ansattporten_claims,
    entra_claims,
    make_key,
)
from tests.login import Browser, RunningProvider, running_provider
from tests.reading import Page

REDIRECT = "https://ringebu.example/ansatt/logg-inn/svar"
RINGEBU, NORD_FRON = "940864872", "939849831"
MEMBERS = {
    *(
        "roles",
        "groups",
        "hasgroups",
        "_claim_names",
        "authorization_details",
        "type",
        "resource",
        "authorized_parties",
    ),
    *("orgno", "authority", "ID", "reportees", "Authority"),
}
OpenBrowser = Callable[..., Browser]
LogInWith = Callable[..., Authentication]


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return make_key("portal-staff-1")


@pytest.fixture
def employer(key: RSAKey) -> FakeProvider:
    """The employer's provider, which says what a test wants it to say."""
    fake = FakeProvider(key)
    fake.dropped = {"pid", "acr"}
    return fake


@pytest.fixture
def log_in_with(employer: FakeProvider, settings: Settings, key: RSAKey) -> LogInWith:
    """`log_in_with(claims, staff_tenant_id=…)` is what a login with those claims comes to."""

    def log_in(claims: dict[str, Any], **changes: Any) -> Authentication:
        changed = settings.model_copy(update={"staff_oidc_client_id": "portal", **changes})
        registration = staff_registration(changed, lambda: key)
        client = OpenIdClient(idporten_like(ISSUER, employer.http), registration, employer.http)
        employer.claims, employer.dropped = claims, {"pid", "acr"} - set(claims)
        challenge = Challenge.new(ISSUER, REDIRECT, None)
        client.authorization_url(challenge, acr_values=None, ui_locales="nb")
        return client.authenticate(challenge, {"code": "c", "state": challenge.state, "iss": ISSUER})

    return log_in


@pytest.fixture
def ansattporten() -> dict[str, Any]:
    """Settings of a portal whose staff log in with Ansattporten."""
    return {"staff_provider": "ansattporten", "staff_resource": RESOURCE}


# Entra ID


def test_siri_is_known_by_the_directorys_stable_id_and_her_app_roles(log_in_with: LogInWith) -> None:
    siri = log_in_with(entra_claims(roles=["caseworker", "Arkivar", "Nobody.Knows", 7]))
    assert (siri.subject, siri.name, siri.national_id) == ("siri-oid", "Siri Haugen", None)
    assert siri.roles == {"caseworker", "archivist"}
    assert siri.organisations is None


def test_the_employers_own_names_of_roles_are_a_setting(log_in_with: LogInWith) -> None:
    names = {"Helse.Saksbeh": ("caseworker",)}
    claims = entra_claims(roles=["Helse.Saksbeh", "Arkivar"])
    assert log_in_with(claims, staff_role_names=names).roles == {"caseworker"}
    with pytest.raises(ConfigurationError, match="PORTAL_STAFF_ROLE_NAMES"):
        log_in_with(claims, staff_role_names={"X": ("king",)})


@pytest.mark.parametrize("tid", ["another-tenant", None, ["the-tenant"]])
def test_a_login_from_another_tenant_opens_nothing(log_in_with: LogInWith, tid: Any) -> None:
    assert log_in_with(entra_claims(), staff_tenant_id="the-tenant").roles == {"caseworker"}
    with pytest.raises(NoStaffAccess) as stopped:
        log_in_with(entra_claims(tid=tid), staff_tenant_id="the-tenant")
    assert stopped.value.id_token


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": None},
        {"roles": "caseworker"},
        {"roles": {"caseworker": True}},
        {"roles": None, "groups": ["caseworker"]},
        {"_claim_names": {"groups": "src1"}},
        {"hasgroups": True},
        {"roles": ["caseworker"] * 201},
        {"groups": [str(number) for number in range(1_000)]},
    ],
)
def test_a_token_that_does_not_say_its_roles_properly_says_none(
    log_in_with: LogInWith, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert log_in_with(entra_claims(**changes)).roles == frozenset()
    assert "staff token" in caplog.text


@pytest.mark.parametrize("name", ["groups", "roles"])
def test_ten_thousand_groups_are_no_access_and_no_error(log_in_with: LogInWith, name: str) -> None:
    groups = ["caseworker", *(f"{number:036}" for number in range(10_000))]
    with pytest.raises(NoStaffAccess) as stopped:
        log_in_with(entra_claims(**{name: groups}))
    assert stopped.value.id_token


@pytest.mark.parametrize("changes", [{"oid": ""}, {"oid": None}, {"oid": ["siri-oid"]}])
def test_an_address_never_stands_in_for_the_stable_id(log_in_with: LogInWith, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidAnswer):
        log_in_with(entra_claims(email="siri@ringebu.example", preferred_username="siri", **changes))


def test_a_login_at_an_unknown_time_is_an_old_one(log_in_with: LogInWith, employer: FakeProvider) -> None:
    employer_says = entra_claims(auth_time=int(clock.now().timestamp()))
    assert clock.now() - log_in_with(employer_says).authenticated_at < timedelta(minutes=1)
    sign = employer.sign
    employer.sign = lambda claims: sign({name: value for name, value in claims.items() if name != "auth_time"})
    assert log_in_with(entra_claims()).authenticated_at < clock.now() - timedelta(days=365)


# Ansattporten


def test_ansattporten_is_asked_whom_the_person_represents(
    log_in_with: LogInWith, employer: FakeProvider, ansattporten: dict[str, Any]
) -> None:
    siri = log_in_with(ansattporten_claims(RINGEBU), **ansattporten)
    (asked,) = json.loads(employer.form("/par")["authorization_details"])
    assert asked == {
        "type": "ansattporten:altinn:resource",
        "resource": RESOURCE,
        "organizationform": "enterprise",
        "representation_is_required": True,
    }
    assert (siri.subject, siri.roles, siri.organisations) == ("siri-sub", None, {RINGEBU})


def test_the_number_that_ansattporten_tells_is_not_kept(log_in_with: LogInWith, ansattporten: dict[str, Any]) -> None:
    siri = log_in_with(ansattporten_claims(RINGEBU) | {"pid": "12847827619"}, **ansattporten)
    assert siri.national_id is None
    assert siri.subject == "siri-sub"
    assert "12847827619" not in repr(siri)


@pytest.mark.parametrize("acr", ["substantial", "high", "entraid"])
def test_the_levels_of_ansattporten_count_and_no_others(
    log_in_with: LogInWith, ansattporten: dict[str, Any], acr: str
) -> None:
    assert log_in_with(ansattporten_claims(RINGEBU) | {"acr": acr}, **ansattporten).acr == acr
    for other in (f"{acr}er", "low", "idporten-loa-high"):
        with pytest.raises(LoginTooWeak):
            log_in_with(ansattporten_claims(RINGEBU) | {"acr": other}, **ansattporten)


def test_the_older_form_of_ansattporten_counts_too(log_in_with: LogInWith, ansattporten: dict[str, Any]) -> None:
    reportees = [
        {"Rights": ["Read"], "Authority": "iso6523-actorid-upis", "ID": f"0192:{RINGEBU}", "Name": "RINGEBU KOMMUNE"},
        {"Rights": ["Read"], "Authority": "other", "ID": f"0192:{NORD_FRON}"},
    ]
    claims = ansattporten_claims(type="ansattporten:altinn:service", reportees=reportees)
    assert log_in_with(claims, **ansattporten).organisations == {RINGEBU}


def _party(identifier: Any, authority: Any = "iso6523-actorid-upis") -> dict[str, Any]:
    return {"orgno": {"authority": authority, "ID": identifier}}


@pytest.mark.parametrize(
    "changes",
    [
        {"authorized_parties": []},
        {"authorized_parties": None},
        {"authorized_parties": [_party(RINGEBU)]},
        {"authorized_parties": [_party(f"0088:{RINGEBU}")]},
        {"authorized_parties": [_party(f"0192:{RINGEBU}", "urn:other")]},
        {"authorized_parties": [_party(f"0192:{RINGEBU} ")]},
        {"authorized_parties": [{"orgno": f"0192:{RINGEBU}"}, "x", None]},
        {"authorized_parties": [{**_party(f"0192:{RINGEBU}"), "resource": "another"}]},
        {"authorized_parties": [{}] * 201 + [_party(f"0192:{RINGEBU}")]},
        {"resource": "urn:altinn:resource:another", "authorized_parties": [_party(f"0192:{RINGEBU}")]},
        {"type": "ansattporten:orgno", "authorized_parties": [_party(f"0192:{RINGEBU}")]},
        {"type": ["x"], "authorized_parties": [_party(f"0192:{RINGEBU}")]},
        {"type": "ansattporten:altinn:service", "authorized_parties": [_party(f"0192:{RINGEBU}")]},
    ],
)
def test_a_representation_that_is_not_said_properly_is_none(
    log_in_with: LogInWith, ansattporten: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert log_in_with(ansattporten_claims(**changes), **ansattporten).organisations == frozenset()


@pytest.mark.parametrize("details", [None, "x", {}, [], ["x"], [None], [[]]])
def test_hostile_authorization_details_say_nothing(
    log_in_with: LogInWith, ansattporten: dict[str, Any], details: Any
) -> None:
    claims = ansattporten_claims() | {"authorization_details": details}
    assert log_in_with(claims, **ansattporten).organisations == frozenset()


WORDS = ["", "caseworker", "iso6523-actorid-upis", RESOURCE, f"0192:{RINGEBU}"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(MEMBERS)), inner, max_size=4),
    max_leaves=12,
)


@a_few_examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(claims=st.dictionaries(st.sampled_from(sorted(MEMBERS)), JSON))
def test_whatever_a_token_says_it_is_read_without_fault(claims: dict[str, Any]) -> None:
    roles = from_entra({}, None)(claims).roles
    assert roles is not None
    assert roles <= {role.value for role in Role}
    assert from_ansattporten(RESOURCE)(claims).organisations in (frozenset(), {RINGEBU})


# Accounts


def _authentication(subject: str, name: str | None = "Turid Dahl", **changes: Any) -> Authentication:
    facts: dict[str, Any] = {
        "issuer": STAFF_ISSUER,
        "subject": subject,
        "national_id": None,
        "acr": "",
        "assurance": None,
        "sid": None,
        "authenticated_at": clock.now(),
        "name": name,
        "locale": None,
        "roles": frozenset({"caseworker"}),
        "id_token": "an id_token",
    }
    return Authentication(**facts | changes)


def test_somebody_new_gets_an_account_once_and_no_access(in_ringebu: Municipality) -> None:
    for _ in range(2):
        with db.transaction() as session:
            make_known(session, _authentication("turid"))
    with db.transaction() as session, pytest.raises(NoStaffAccess):
        sessions.log_in_staff(session, _authentication("turid"))
    with db.read_only() as session:
        member = session.query(StaffMember).one()
        (event,) = session.query(AuditEvent).filter_by(tag=EventTag.STAFF_PROVISIONED.value)
    assert (member.name, member.unit_id, member.is_active) == ("Turid Dahl", None, True)
    assert (event.actor_kind, event.subject_id) == ("system", member.id)


@pytest.mark.parametrize(
    ("told", "kept"), [(None, "Navn ikke oppgitt"), ("  Turid \0 Dahl ", "Turid Dahl"), ("x" * 5000, "x" * 200)]
)
def test_a_name_from_outside_is_tidied(in_ringebu: Municipality, told: str | None, kept: str) -> None:
    with db.transaction() as session:
        make_known(session, _authentication("turid", told))
    with db.read_only() as session:
        assert session.query(StaffMember).one().name == kept


def test_a_known_employee_who_no_longer_represents_the_municipality_is_out(
    siri: StaffMember, nord_fron: Municipality
) -> None:
    for numbers in (frozenset(), frozenset({NORD_FRON})):
        login = _authentication(siri.subject, roles=None, organisations=numbers)
        with db.transaction() as session, pytest.raises(NoStaffAccess):
            sessions.log_in_staff(session, login)
        with db.transaction() as session, pytest.raises(NoStaffAccess):
            make_known(session, login)
    with db.transaction() as session:
        login = _authentication(siri.subject, roles=None, organisations=frozenset({RINGEBU, NORD_FRON}))
        assert sessions.log_in_staff(session, login)


# The whole way, over HTTP


def _employ(provider: RunningProvider, key: str) -> None:
    member = {member.key: member for member in people.named_staff()}[key]
    with db.transaction() as database:
        unit = tenancy.add_unit(database, name=member.unit_name, phone="61 28 31 00")
        service.employ(
            database,
            issuer=provider.config.issuer,
            subject=str(member.oid),
            name=member.person.name,
            title=member.title,
            unit_id=unit.id,
            roles=[Role(role) for role in member.roles],
        )


def test_who_waits_for_a_role_is_told_so_and_stands_in_the_list(
    in_ringebu: Municipality, provider: RunningProvider, browser: OpenBrowser
) -> None:
    response = browser().log_in("siri", "/ansatt/logg-inn")
    assert response.status_code == 403
    assert Page(response.text).h1 == "Du har ikke tilgang her"
    with db.read_only() as session:
        assert [member.name for member in session.query(StaffMember)] == ["Siri Haugen"]
        assert session.query(LoginSession).count() == 0


@pytest.fixture
def at_ansattporten(settings: Settings) -> Iterator[tuple[RunningProvider, OpenBrowser]]:
    """The portal and the demo provider, set up as Ansattporten."""
    changed = settings.model_copy(update={"staff_provider": "ansattporten", "staff_resource": RESOURCE})
    with running_provider(changed) as running:
        app = strict_app(running.settings)
        opened: list[Browser] = []

        def open_browser(host: str = "ringebu.localhost") -> Browser:
            opened.append(Browser(app, host))
            return opened[-1]

        yield running, open_browser
        for one in opened:
            one.close()
        db.dispose()


def test_siri_comes_in_by_ansattporten_where_she_works_and_not_at_the_neighbours(
    in_ringebu: Municipality,
    nord_fron: Municipality,
    settings: Settings,
    at_ansattporten: tuple[RunningProvider, OpenBrowser],
) -> None:
    provider, browser = at_ansattporten
    with as_owner(settings) as session:
        for known in session.query(Municipality):
            known.organisation_number = DEMO_ORGANISATIONS[known.number]
    _employ(provider, "siri")
    assert browser().log_in("siri", "/ansatt/logg-inn").location == "/ansatt"
    elsewhere = browser("nord-fron.localhost").log_in("siri", "/ansatt/logg-inn")
    assert elsewhere.status_code == 403
    assert Page(elsewhere.text).all("//form[@id='provider-logout']")
    with db.as_municipality(nord_fron.id), db.read_only() as session:
        assert session.query(StaffMember).count() == 0


# Logging in anew for what is sensitive

SENSITIVE = "/ansatt/ansatte/{id}/roller"


def _sensitive_page() -> str:
    """Where Bjørn would change Marit's roles."""
    with db.transaction() as session:
        make_known(session, _authentication("marit", "Marit Bakke"))
        return SENSITIVE.format(id=session.query(StaffMember.id).filter_by(subject="marit").scalar())


def _log_in_and_wait(browser: Browser, key: str) -> None:
    """Log in, and let a quarter of an hour pass in which nothing but the login grows old."""
    browser.log_in(key, "/ansatt/logg-inn")
    with db.transaction() as session:
        for login_session in session.query(LoginSession):
            login_session.authenticated_at -= timedelta(minutes=15)


def test_a_sensitive_page_asks_bjorn_to_log_in_anew_and_takes_him_there(
    in_ringebu: Municipality, provider: RunningProvider, browser: OpenBrowser
) -> None:
    _employ(provider, "bjorn")
    bjorns = browser()
    _log_in_and_wait(bjorns, "bjorn")
    page = _sensitive_page()
    asked = bjorns.portal.get(page)
    assert asked.status_code == 303
    assert asked.location.startswith("/ansatt/logg-inn?")
    address = bjorns.ask_to_log_in(asked.location)
    assert bjorns.provider.get(address).status_code == 200  # asked who he is, single sign-on or not
    assert bjorns.return_to(bjorns.choose(address, "bjorn")).location == page
    assert bjorns.portal.get(page).status_code == 200
    with db.read_only() as session:
        assert session.query(LoginSession).count() == 1


def test_a_fresh_login_by_somebody_else_is_refused(
    in_ringebu: Municipality, provider: RunningProvider, browser: OpenBrowser
) -> None:
    _employ(provider, "bjorn")
    bjorns = browser()
    _log_in_and_wait(bjorns, "bjorn")
    address = bjorns.ask_to_log_in(bjorns.portal.get(_sensitive_page()).location)
    response = bjorns.return_to(bjorns.choose(address, "siri"))
    assert response.status_code == 403
    assert Page(response.text).h1 == "Du må logge inn på nytt selv"
    with db.read_only() as session:
        assert session.query(LoginSession).count() == 1
        assert session.query(StaffMember).filter_by(name="Siri Haugen").count() == 0


@pytest.mark.parametrize("seconds", [60, 3600])
def test_an_old_login_given_for_a_new_one_is_refused_and_does_not_go_in_circles(
    in_ringebu: Municipality,
    provider: RunningProvider,
    browser: OpenBrowser,
    employer: FakeProvider,
    key: RSAKey,
    seconds: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _employ(provider, "bjorn")
    bjorns = browser()
    _log_in_and_wait(bjorns, "bjorn")
    app, bjorn = bjorns.portal.application, {member.key: member for member in people.named_staff()}["bjorn"]
    registration = staff_registration(
        provider.settings.model_copy(update={"staff_oidc_client_id": "portal"}), lambda: key
    )
    client = OpenIdClient(idporten_like(ISSUER, employer.http), registration, employer.http)
    set_up = app.extensions["portal.doors"]
    monkeypatch.setitem(app.extensions, "portal.doors", replace(set_up, staff=replace(set_up.staff, client=client)))
    employer.claims = entra_claims(
        oid=str(bjorn.oid), roles=["system_owner"], auth_time=int(clock.now().timestamp()) - seconds
    )
    bjorns.ask_to_log_in(bjorns.portal.get(_sensitive_page()).location)
    state = employer.form("/par")["state"]
    assert employer.form("/par")["prompt"] == "login"
    response = bjorns.portal.get("/ansatt/logg-inn/svar", query_string={"state": state, "code": "c", "iss": ISSUER})
    assert response.status_code == 403
    assert Page(response.text).h1 == "Du må logge inn på nytt selv"


def test_without_a_session_the_same_link_is_an_ordinary_login(
    in_ringebu: Municipality, provider: RunningProvider, browser: OpenBrowser
) -> None:
    _employ(provider, "bjorn")
    assert browser().log_in("bjorn", "/ansatt/logg-inn?fersk=1").location == "/ansatt"


def test_what_was_typed_is_kept_while_bjorn_logs_in_anew(
    system_owner: StaffMember, jonas: StaffMember, home_care: Unit, client_for: ClientFor
) -> None:
    bjorns, page = client_for(system_owner), f"{SENSITIVE.format(id=jonas.id)}?enhet={home_care.id}"
    typed = bjorns.page(page).form() | {"role": "caseworker", "to_date": "31.12.2030"}
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        response = bjorns.post(page, data=typed)
    assert response.status_code == 401
    [login] = [href for href in Page(response.text).links.values() if href.startswith("/ansatt/logg-inn?")]
    wanted = parse_qs(urlsplit(login).query)
    assert wanted["fersk"] == ["1"]
    assert "31.12.2030" in client_for(system_owner).page(wanted["neste"][0]).text


def test_a_new_login_goes_on_in_the_unit_that_was_chosen(
    siri: StaffMember, home_care: Unit, in_ringebu: Municipality, log_in: Callable[..., str]
) -> None:
    with db.transaction() as session:
        schools = tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")
        session.add(
            StaffRole(
                staff_id=siri.id,
                unit_id=schools.id,
                role=Role.CASEWORKER,
                valid_from_date=clock.today(),
                granted_by_name="Ragna Tofte",
                created_at=clock.now(),
            )
        )
    first = log_in(siri)
    with db.transaction() as session:
        login = sessions.active_login(session, first)
        assert login is not None
        assert isinstance(login.actor, Staff)
        assert (login.actor.unit_name, [unit.name for unit in login.actor.other_units]) == (
            "Hjemmetjenesten",
            ["Oppvekst"],
        )
        sessions.work_in(session, login.actor, schools.id)
    with db.transaction() as session:
        second = sessions.log_in_staff(session, _authentication(siri.subject, roles=None), replacing=first)
    with db.read_only() as session:
        again = sessions.active_login(session, second)
    assert again is not None
    assert isinstance(again.actor, Staff)
    assert again.actor.unit_name == "Oppvekst"
