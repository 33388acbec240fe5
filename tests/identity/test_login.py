"""People log in and out, at a real provider over real HTTP; attackers do not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask, session

from citizen_portal import clock, db
from citizen_portal.auth.actor import Assurance, Citizen, Role, Staff
from citizen_portal.auth.guards import current_actor
from citizen_portal.demo import people
from citizen_portal.identity import service, sessions
from citizen_portal.identity.login_attempt import AttemptSealer
from citizen_portal.identity.models import LoginSession, Person
from citizen_portal.identity.queries import person_by_national_id
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality
from tests.login import Browser, RunningProvider
from tests.reading import Page

OpenBrowser = Callable[..., Browser]


def _actor(browser: Browser) -> Citizen | Staff | None:
    token = browser.portal.get_cookie("portal", domain=urlsplit(str(browser.portal.base_url)).hostname or "")
    if token is None:
        return None
    with db.read_only() as database:
        login = sessions.active_login(database, token.value)
    return login.actor if login else None


def _employ(provider: RunningProvider, key: str) -> None:
    member = {member.key: member for member in people.named_staff()}[key]
    with db.transaction() as database:
        unit = tenancy.add_unit(database, name="Hjemmetjenesten", phone="61 28 31 00")
        service.employ(
            database,
            issuer=provider.config.issuer,
            subject=str(member.oid),
            name=member.person.name,
            title=member.title,
            unit_id=unit.id,
            roles=[Role(role) for role in member.roles],
        )


def test_kari_logs_in_and_comes_back_to_where_she_was_going(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    response = karis.log_in("kari", "/logg-inn?neste=" + quote("/min-side/besok?dag=i-dag"))
    assert (response.status_code, response.location) == (303, "/min-side/besok?dag=i-dag")
    actor = _actor(karis)
    assert isinstance(actor, Citizen)
    assert (actor.name, actor.assurance) == ("Kari Moen", Assurance.HIGH)
    with db.read_only() as database:
        kari = person_by_national_id(database, people.named_citizens()[0].national_id)
        assert kari is not None
        assert kari.id == actor.person_id


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_other_sites(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    response = browser().log_in("kari")
    cookie = next(line for line in response.headers.getlist("Set-Cookie") if line.startswith("portal="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_over_tls_the_cookies_are_bound_to_the_host(in_ringebu: Municipality, trusting_app: Flask) -> None:
    response = trusting_app.test_client().get("/logg-inn", base_url="https://ringebu.localhost")
    [cookie] = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-login-")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_logging_in_twice_makes_one_person(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    browser().log_in("kari")
    browser().log_in("kari")
    with db.read_only() as database:
        assert database.query(Person).count() == 1
        assert database.query(LoginSession).count() == 2


def test_siri_logs_in_as_staff_with_her_roles(
    in_ringebu: Municipality, provider: RunningProvider, browser: OpenBrowser
) -> None:
    _employ(provider, "siri")
    siris = browser()
    response = siris.log_in("siri", "/ansatt/logg-inn")
    assert (response.status_code, response.location) == (303, "/ansatt")
    actor = _actor(siris)
    assert isinstance(actor, Staff)
    assert (actor.name, actor.unit_name) == ("Siri Haugen", "Hjemmetjenesten")


def test_nils_of_nord_fron_is_told_that_he_has_no_access_in_ringebu_and_can_log_out(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    nils = browser()
    response = nils.log_in("nils", "/ansatt/logg-inn")
    assert response.status_code == 403
    page = Page(response.text)
    assert page.h1 == "Du har ikke tilgang her"
    assert _actor(nils) is None
    [form] = page.all("//form[@id='provider-logout']")
    assert (
        f"form-action 'self' {form.get('action').removesuffix('/logout')}"
        in response.headers["Content-Security-Policy"]
    )


def test_logging_out_ends_the_session_here_and_there(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    karis.log_in("kari")
    response = karis.log_out()
    assert _actor(karis) is None
    form = Page(response.text).all("//form[@id='provider-logout']")[0]
    fields = {field.get("name"): field.get("value") for field in form.iter("input")}
    there = karis.provider.post(form.get("action"), data=fields)
    assert there.status_code == 200
    assert "http://ringebu.localhost/logget-ut" in there.text
    assert karis.provider.get(karis.ask_to_log_in()).status_code == 200  # she is asked who she is again
    with db.read_only() as database:
        assert database.query(LoginSession).count() == 0


def test_a_logout_elsewhere_ends_the_session_in_every_municipality(
    in_ringebu: Municipality, nord_fron: Municipality, browser: OpenBrowser, provider: RunningProvider
) -> None:
    karis = browser()
    karis.log_in("kari")
    karis.portal.base_url = "http://nord-fron.localhost"
    karis.log_in("kari")  # single sign-on: no question asked
    with db.as_municipality(nord_fron.id), db.read_only() as database:
        sid = database.query(LoginSession).one().sid
    query = f"iss={quote(provider.config.issuer)}%2F&sid={sid}"
    response = browser().portal.get(f"/logg-ut/fra-id-porten?{query}")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert f"frame-ancestors {provider.config.issuer}" in response.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in response.headers
    for municipality in (in_ringebu, nord_fron):
        with db.as_municipality(municipality.id), db.read_only() as database:
            assert database.query(LoginSession).count() == 0


def test_a_logout_call_that_fits_nothing_changes_nothing(
    in_ringebu: Municipality, browser: OpenBrowser, provider: RunningProvider
) -> None:
    karis = browser()
    karis.log_in("kari")
    for query in ("", "?sid=x", "?iss=https://evil.example&sid=x", f"?iss={provider.config.issuer}&sid=x"):
        assert browser().portal.get(f"/logg-ut/fra-id-porten{query}").status_code == 200
    assert _actor(karis) is not None


def test_a_page_that_needs_the_highest_level_asks_for_it(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    karis.log_in("kari", level="idporten-loa-substantial")
    actor = _actor(karis)
    assert isinstance(actor, Citizen)
    assert actor.assurance is Assurance.SUBSTANTIAL
    karis.log_in("kari", "/logg-inn?niva=high")
    actor = _actor(karis)
    assert isinstance(actor, Citizen)
    assert actor.assurance is Assurance.HIGH
    with db.read_only() as database:
        assert database.query(LoginSession).count() == 1  # the weaker session is gone


def test_a_login_below_what_was_asked_for_is_explained(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    response = browser().log_in("kari", "/logg-inn?niva=high", level="idporten-loa-substantial")
    assert response.status_code == 403
    assert Page(response.text).h1 == "Du trenger en sikrere innlogging her"


def test_who_turns_back_at_the_provider_is_not_sent_there_again(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    address = karis.ask_to_log_in()
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = karis.provider.post(address.partition("?")[0], data=query | {"cancel": "1"})
    response = karis.return_to(answer.headers["location"])
    assert response.status_code == 200
    assert Page(response.text).h1 == "Du avbrøt innloggingen"


def test_somebody_who_is_logged_in_is_not_sent_to_the_provider(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    karis.log_in("kari")
    assert karis.portal.get("/logg-inn?neste=/min-side").location == "/min-side"


def test_two_tabs_log_in_side_by_side(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    first = karis.ask_to_log_in("/logg-inn?neste=/en")
    second = karis.ask_to_log_in("/logg-inn?neste=/to")
    assert karis.return_to(karis.choose(second, "kari")).location == "/to"
    assert karis.return_to(karis.choose(first, "kari")).location == "/en"


def test_many_tabs_never_fill_the_headers(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    for _ in range(12):
        last = karis.ask_to_log_in()
    cookies = [cookie for cookie in karis.portal._cookies.values() if cookie.key.startswith("login-")]
    assert len(cookies) <= 4
    assert sum(len(cookie.value) for cookie in cookies) < 4_000
    assert karis.return_to(karis.choose(last, "kari")).status_code == 303
    assert _actor(karis) is not None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil",
    ],
)
def test_a_login_link_leads_nowhere_else(in_ringebu: Municipality, browser: OpenBrowser, target: str) -> None:
    response = browser().log_in("kari", "/logg-inn?neste=" + quote(target))
    assert response.location == "/"


def test_a_forged_state_starts_the_login_again_once_and_then_explains(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    karis = browser()
    first = karis.portal.get("/logg-inn/svar?state=forged&code=stolen&iss=x")
    assert first.status_code == 303
    again = karis.choose(first.location, "kari")
    state = parse_qs(urlsplit(again).query)["state"][0]
    karis.portal.delete_cookie(_attempt_cookie(karis), domain="ringebu.localhost")
    second = karis.return_to(again)
    assert second.status_code == 400
    assert Page(second.text).h1 == "Innloggingen tok for lang tid"
    assert state
    assert _actor(karis) is None


def _attempt_cookie(browser: Browser) -> str:
    return next(cookie.key for cookie in browser.portal._cookies.values() if cookie.key.startswith("login-"))


def test_the_second_try_succeeds_when_only_the_first_was_lost(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    lost = karis.choose(karis.ask_to_log_in(), "kari")
    karis.portal.delete_cookie(_attempt_cookie(karis), domain="ringebu.localhost")
    again = karis.return_to(lost)
    assert again.status_code == 303
    assert karis.return_to(karis.choose(again.location, "kari")).location == "/min-side"
    assert _actor(karis) is not None


def test_an_attempt_older_than_ten_minutes_starts_again(
    in_ringebu: Municipality, browser: OpenBrowser, provider: RunningProvider
) -> None:
    karis = browser()
    answer = karis.choose(karis.ask_to_log_in("/logg-inn?neste=/en"), "kari")
    sealer = AttemptSealer(provider.settings.secret_key.get_secret_value())
    cookie = karis.portal.get_cookie(_attempt_cookie(karis), domain="ringebu.localhost")
    assert cookie is not None
    old = replace(sealer.open(cookie.value), created_at=clock.now() - timedelta(minutes=11))
    karis.portal.set_cookie(cookie.key, sealer.seal(old), domain="ringebu.localhost")
    response = karis.return_to(answer)
    assert response.status_code == 303
    assert "/authorize?" in response.location


def test_an_answer_is_used_once(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    answer = karis.choose(karis.ask_to_log_in(), "kari")
    assert karis.return_to(answer).location == "/min-side"
    again = karis.return_to(answer)
    assert "/authorize?" in again.location  # a new login, not a new session from the old answer
    with db.read_only() as database:
        assert database.query(LoginSession).count() == 1


def test_an_answer_stolen_from_kari_does_not_work_in_olas_browser(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    answer = (karis := browser()).choose(karis.ask_to_log_in(), "kari")
    olas = browser()
    assert "/authorize?" in olas.return_to(answer).location
    assert _actor(olas) is None


def test_an_answer_from_another_issuer_is_refused(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    parts = urlsplit(karis.choose(karis.ask_to_log_in(), "kari"))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    for changed in (query | {"iss": "https://evil.example"}, {k: v for k, v in query.items() if k != "iss"}):
        karis.ask_to_log_in()
        response = karis.portal.get(parts.path, query_string=changed)
        assert response.status_code in (303, 400)
        assert _actor(karis) is None


def test_a_repeated_parameter_is_no_parameter(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    answer = karis.choose(karis.ask_to_log_in(), "kari")
    response = karis.return_to(answer + "&code=another")
    assert response.status_code == 400
    assert _actor(karis) is None


def test_the_staff_door_does_not_take_a_citizens_answer(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    answer = karis.choose(karis.ask_to_log_in(), "kari").replace("/logg-inn/svar", "/ansatt/logg-inn/svar")
    karis.return_to(answer)
    assert _actor(karis) is None


def test_a_login_begun_in_ringebu_does_not_end_in_nord_fron(
    in_ringebu: Municipality, nord_fron: Municipality, browser: OpenBrowser
) -> None:
    karis = browser()
    answer = karis.choose(karis.ask_to_log_in(), "kari")
    name = _attempt_cookie(karis)
    stolen = karis.portal.get_cookie(name, domain="ringebu.localhost")
    assert stolen is not None
    karis.portal.set_cookie(name, stolen.value, domain="nord-fron.localhost")
    response = karis.return_to(answer.replace("ringebu.localhost", "nord-fron.localhost"))
    assert "/authorize?" in response.location
    with db.as_municipality(nord_fron.id), db.read_only() as database:
        assert database.query(LoginSession).count() == 0


def test_a_session_chosen_by_somebody_else_is_worth_nothing(in_ringebu: Municipality, browser: OpenBrowser) -> None:
    karis = browser()
    karis.portal.set_cookie("portal", "chosen-by-ola", domain="ringebu.localhost")
    karis.log_in("kari")
    token = karis.portal.get_cookie("portal", domain="ringebu.localhost")
    assert token is not None
    assert token.value != "chosen-by-ola"
    with db.read_only() as database:
        assert sessions.active_login(database, "chosen-by-ola") is None


def test_a_provider_that_is_away_is_explained(in_ringebu: Municipality, app: Flask) -> None:
    client = app.test_client()
    response = client.get("/logg-inn", base_url="http://ringebu.localhost")
    assert response.status_code == 503
    assert Page(response.text).h1 == "Innloggingen virker ikke akkurat nå"


def test_looking_at_a_page_stamps_the_session_at_most_once_a_minute(
    in_ringebu: Municipality, trusting_app: Flask, browser: OpenBrowser
) -> None:
    karis = browser()
    karis.log_in("kari")
    began = clock.now()
    for seconds in (30, 70, 80):
        with clock.frozen(began + timedelta(seconds=seconds)):
            karis.portal.get("/logget-ut")
    with db.read_only() as database:
        assert database.query(LoginSession).one().last_seen_at == began + timedelta(seconds=70)


def test_every_page_of_a_stopped_login_is_in_the_readers_language(
    in_ringebu: Municipality, browser: OpenBrowser
) -> None:
    for language, words in {
        "nb": "Du er logget ut",
        "nn": "Du er logga ut",
        "en": "You are logged out",
        "se": "Don leat olggosloggejuvvon",
    }.items():
        client = browser().portal
        client.set_cookie("language", language, domain="ringebu.localhost")
        assert client.page("/logget-ut").h1 == words


def test_nobody_is_logged_in_without_a_municipality(trusting_app: Flask) -> None:
    with trusting_app.test_request_context("/helse"):
        assert current_actor() is None
        assert not session
