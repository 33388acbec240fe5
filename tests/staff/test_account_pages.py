"""The pages where staff get their roles, and the unit that somebody works in now."""

from datetime import timedelta

import pytest

from citizen_portal import clock, db
from citizen_portal.auth.actor import Role
from citizen_portal.identity.models import StaffMember, StaffRole
from citizen_portal.templating import short_date
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Unit
from tests.conftest import STAFF_ISSUER, ClientFor
from tests.reading import Page, StrictClient
from tests.statements import count_statements

LIST = "/ansatt/ansatte"


@pytest.fixture
def turid(home_care: Unit) -> StaffMember:
    """Turid Dahl, who has logged in for the first time and waits for a role."""
    with db.transaction() as session:
        member = StaffMember(issuer=STAFF_ISSUER, subject="turid", name="Turid Dahl", title="", unit_id=None)
        session.add(member)
    return member


@pytest.fixture
def ragnas_browser(client_for: ClientFor, superuser: StaffMember) -> StrictClient:
    """Ragna the superuser's browser, in Bokmål."""
    return _in_bokmal(client_for(superuser))


@pytest.fixture
def bjorns_browser(client_for: ClientFor, system_owner: StaffMember) -> StrictClient:
    """Bjørn the system owner's browser, in Bokmål."""
    return _in_bokmal(client_for(system_owner))


def _in_bokmal(browser: StrictClient) -> StrictClient:
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser


def _give(browser: StrictClient, path: str, **fields: str) -> tuple[int, str]:
    typed = browser.page(path).form(path) | fields
    response = browser.post(path, data=typed)
    return response.status_code, response.text


def test_ragna_sees_that_turid_waits_and_gives_her_a_role(
    ragnas_browser: StrictClient, turid: StaffMember, client_for: ClientFor
) -> None:
    waiting = ragnas_browser.page(f"{LIST}?vis=venter")
    assert "Venter på rolle" in waiting.text
    shown = ragnas_browser.page(waiting.links["Turid Dahl"])
    assert "Venter på rolle og kan ikke gjøre noe ennå." in shown.text
    path = shown.links["Endre roller"]
    assert ragnas_browser.page(path).h1 == "Endre roller: Turid Dahl"
    status, _ = _give(ragnas_browser, path, role="caseworker")
    assert status == 303
    shown = ragnas_browser.page(f"{LIST}/{turid.id}")
    assert "Rollen er gitt." in shown.text
    assert "Saksbehandler" in shown.text
    assert "Ragna Tofte" in shown.text
    assert _in_bokmal(client_for(turid)).page("/ansatt").h1 == "Arbeidsliste"


def test_a_superuser_is_offered_only_what_she_may_give(ragnas_browser: StrictClient, turid: StaffMember) -> None:
    path = f"{LIST}/{turid.id}/roller"
    offered = ragnas_browser.page(path).all("//select[@name='role']/option/@value")
    assert offered == ["caseworker", "nurse", "archivist", "communications", "superuser", "deputy", "manager"]
    status, text = _give(ragnas_browser, path, role="system_owner")
    assert status == 422
    assert "Velg en rolle fra lista." in Page(text).text


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept(
    ragnas_browser: StrictClient, siri: StaffMember, turid: StaffMember
) -> None:
    path = f"{LIST}/{turid.id}/roller"
    yesterday = short_date(clock.today() - timedelta(days=1))
    for fields, words in (
        ({"from_date": "24/11"}, "Skriv datoen som dag, måned og år"),
        ({"to_date": "snart"}, "Skriv datoen som dag, måned og år"),
        ({"from_date": yesterday}, "Velg i dag eller en senere dag."),
        ({"to_date": yesterday}, "Velg en siste dag som ikke er før den første."),
        ({"substitute_for": str(siri.id)}, "Skriv siste dag når noen er vikar"),
        ({"substitute_for": "x"}, "Velg en kollega fra lista."),
        ({"substitute_for": str(siri.id), "to_date": "31.12.2090", "role": "nurse"}, "Kollegaen har ikke denne rollen"),
    ):
        status, text = _give(ragnas_browser, path, **({"role": "caseworker"} | fields))
        page = Page(text)
        assert (status, words in page.text) == (422, True), (fields, page.text)
        kept = page.form(path)
        assert all(kept[name] == value for name, value in fields.items() if name.endswith("date"))


def test_a_substitute_stands_in_the_list_with_her_last_day(
    ragnas_browser: StrictClient, siri: StaffMember, turid: StaffMember
) -> None:
    last = short_date(clock.today() + timedelta(days=14))
    path = f"{LIST}/{turid.id}/roller"
    status, _ = _give(ragnas_browser, path, role="caseworker", substitute_for=str(siri.id), to_date=last)
    assert status == 303
    assert f"Vikar til {last}" in ragnas_browser.page(f"{LIST}?navn=turid").text
    assert "Vikar for Siri Haugen" in ragnas_browser.page(f"{LIST}/{turid.id}").text


def test_ragna_ends_a_role_and_closes_the_account(ragnas_browser: StrictClient, siri: StaffMember) -> None:
    path = f"{LIST}/{siri.id}/roller"
    page = ragnas_browser.page(path)
    (action,) = [form for form in page.all("//form/@action") if form.endswith("/avslutt")]
    assert ragnas_browser.post(action, data=page.form(action)).status_code == 303
    shown = ragnas_browser.page(f"{LIST}/{siri.id}")
    assert "Tidligere roller" in shown.text
    assert "av Ragna Tofte" in shown.text
    for verb, words in (("deaktiver", "Kontoen er deaktivert."), ("aktiver", "Kontoen er aktiv igjen.")):
        action = f"{LIST}/{siri.id}/{verb}"
        assert ragnas_browser.post(action, data=ragnas_browser.page(path).form(action)).status_code == 303
        assert words in ragnas_browser.page(f"{LIST}/{siri.id}").text


def test_the_system_owner_chooses_the_unit_first(
    bjorns_browser: StrictClient, turid: StaffMember, home_care: Unit
) -> None:
    chooser = bjorns_browser.page(f"{LIST}/{turid.id}/roller")
    assert not chooser.all("//select[@name='role']")
    path = chooser.links["Hjemmetjenesten"]
    status, _ = _give(bjorns_browser, path, role="protected_access")
    assert status == 303
    with db.read_only() as session:
        given = session.query(StaffRole).filter_by(staff_id=turid.id).one()
    assert (given.role, given.unit_id) == (Role.PROTECTED_ACCESS, home_care.id)
    for nowhere in ("00000000-0000-7000-8000-000000000000", "x"):
        wrong = bjorns_browser.post(f"{LIST}/{turid.id}/roller?enhet={nowhere}", data=chooser.form("/logg-ut"))
        assert wrong.status_code == 404


def test_the_last_system_owner_stays(
    bjorns_browser: StrictClient,
    system_owner: StaffMember,
    turid: StaffMember,
    service_desk: Unit,
    client_for: ClientFor,
) -> None:
    path = f"{LIST}/{turid.id}/roller?enhet={service_desk.id}"
    last = short_date(clock.today() + timedelta(days=14))
    assert _give(bjorns_browser, path, role="system_owner", to_date=last)[0] == 303
    turids = _in_bokmal(client_for(turid))
    action = f"{LIST}/{system_owner.id}/deaktiver"
    page = turids.page(f"{LIST}/{system_owner.id}/roller")
    assert turids.post(action, data=page.form(action)).status_code == 303
    assert "Gjør først noen andre til systemeier" in turids.page(f"{LIST}/{system_owner.id}").text


def test_nobody_is_offered_to_change_her_own_roles(ragnas_browser: StrictClient, superuser: StaffMember) -> None:
    shown = ragnas_browser.page(f"{LIST}/{superuser.id}")
    assert "Du kan ikke endre dine egne roller." in shown.text
    assert "Endre roller" not in shown.links
    assert ragnas_browser.get(f"{LIST}/{superuser.id}/roller").status_code == 403


def test_others_do_not_come_here_and_the_neighbour_finds_nobody(
    siri: StaffMember, jonas: StaffMember, auditor: StaffMember, nils: StaffMember, ragnas_browser: StrictClient,
    client_for: ClientFor,
) -> None:  # fmt: skip
    for member in (siri, jonas, auditor):
        browser = client_for(member)
        for path in (LIST, f"{LIST}/{siri.id}", f"{LIST}/{siri.id}/roller"):
            assert browser.get(path).status_code == 403
    assert client_for(nils).get(f"{LIST}/{siri.id}").status_code == 403
    for path in (f"{LIST}/{nils.id}", f"{LIST}/{nils.id}/roller"):
        assert ragnas_browser.get(path).status_code == 404
    assert ragnas_browser.get(LIST).status_code == 200
    assert "Nils" not in ragnas_browser.page(LIST).text


def test_the_list_goes_on_from_page_to_page(
    ragnas_browser: StrictClient, turid: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("citizen_portal.identity.staff_accounts.staff_views.PAGE_SIZE", 1)
    first = ragnas_browser.page(LIST)
    assert "Ragna Tofte" in first.text
    second = ragnas_browser.page(first.links["Neste"])
    assert "Turid Dahl" in second.text
    assert "Neste" not in second.links
    assert ragnas_browser.get(f"{LIST}?etter=00000000-0000-7000-8000-000000000000").status_code == 404
    assert ragnas_browser.get(f"{LIST}?etter=x&navn=%00&vis=%F0").status_code == 200
    assert "Fant ingen med det navnet." in ragnas_browser.page(f"{LIST}?navn=Øyvind").text


def test_the_pages_take_few_statements(ragnas_browser: StrictClient, turid: StaffMember) -> None:
    for path in (LIST, f"{LIST}/{turid.id}", f"{LIST}/{turid.id}/roller"):
        ragnas_browser.get(path)
        with count_statements() as counted:
            ragnas_browser.get(path)
        assert len(counted) <= 6, (path, counted)


def test_siri_changes_the_unit_that_she_works_in(
    bjorns_browser: StrictClient, siri: StaffMember, client_for: ClientFor
) -> None:
    with db.transaction() as session:
        schools = tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")
    assert _give(bjorns_browser, f"{LIST}/{siri.id}/roller?enhet={schools.id}", role="caseworker")[0] == 303
    siris = _in_bokmal(client_for(siri))
    menu = siris.page("/ansatt")
    assert "Hjemmetjenesten" in menu.text
    form = menu.form("/ansatt/bytt-enhet")
    assert siris.post("/ansatt/bytt-enhet", data=form | {"unit": str(schools.id)}).location == "/ansatt"
    assert "Oppvekst" in siris.page("/ansatt").text
    for nowhere in ("x", "", "00000000-0000-7000-8000-000000000000"):
        assert siris.post("/ansatt/bytt-enhet", data=form | {"unit": nowhere}).status_code == 404


def test_somebody_with_one_unit_has_nothing_to_choose(ragnas_browser: StrictClient) -> None:
    assert not ragnas_browser.page("/ansatt").all("//form[@action='/ansatt/bytt-enhet']")


def test_bjorn_who_has_no_cases_is_shown_where_his_work_is(bjorns_browser: StrictClient) -> None:
    home = bjorns_browser.page("/ansatt")
    assert "Arbeidet ditt ligger her" in home.text or "Rollen din omfatter ikke saker." in home.text
    assert home.links["Ansatte og roller"] == LIST
