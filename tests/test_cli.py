"""The command line tells operators what they can do, and in one sentence what keeps it from being done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from citizen_portal import db
from citizen_portal.auth.actor import Role
from citizen_portal.cli import main
from citizen_portal.config import Settings, demo_settings_file
from citizen_portal.identity.models import StaffRole
from citizen_portal.tenancy.models import Municipality


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str | None]:
    """The test installation as an operator would configure it."""
    keys = {key: value.get_secret_value() for key, value in settings.encryption_keys.items()}
    return {
        "PORTAL_ENVIRONMENT": "test",
        "PORTAL_INSTANCE": str(tmp_path),
        "PORTAL_SECRET_KEY": settings.secret_key.get_secret_value(),
        "DATABASE_URL": settings.database_url,
        "PORTAL_OWNER_DATABASE_URL": settings.owner_database_url,
        "PORTAL_STORAGE_URL": settings.storage_url,
        "PORTAL_ENCRYPTION_KEYS": json.dumps(keys),
        "PORTAL_LOOKUP_KEY": settings.lookup_key.get_secret_value(),
        "PORTAL_HTTPS": "false",
        "PORTAL_IDPORTEN_ISSUER": settings.idporten_issuer,
        "PORTAL_IDPORTEN_CLIENT_ID": settings.idporten_client_id,
        "PORTAL_IDPORTEN_PRIVATE_JWK": str(settings.idporten_private_jwk),
        "PORTAL_STAFF_OIDC_ISSUER": settings.staff_oidc_issuer,
        "PORTAL_STAFF_OIDC_CLIENT_ID": settings.staff_oidc_client_id,
        "PORTAL_STAFF_OIDC_PRIVATE_JWK": str(settings.staff_oidc_private_jwk),
    }


def portal(environment: dict[str, str | None], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as an operator does; what it says is in `stdout`."""
    return subprocess.run(
        [sys.executable, "-m", "citizen_portal.cli", *arguments],
        env={**os.environ, **{name: value for name, value in environment.items() if value is not None}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def portal_here(environment: dict[str, str | None], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same within seconds less, in the test's process: for a command that another line of the tests runs apart."""
    done = CliRunner().invoke(main, arguments, env=environment)
    return subprocess.CompletedProcess(arguments, done.exit_code, stdout=done.output)


def test_help_lists_every_group_and_loads_no_feature() -> None:
    code = "import sys\nfrom citizen_portal.cli import main\ntry: main(['--help'])\nfinally: print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for group in ("serve", "worker", "db", "tenant", "staff", "demo"):
        assert f"\n  {group} " in done.stdout
    assert "sqlalchemy" not in done.stdout
    assert "flask" not in done.stdout


def test_a_missing_setting_is_named_and_no_secret_is_shown(environment: dict[str, str | None]) -> None:
    result = portal({**environment, "PORTAL_LOOKUP_KEY": None, "PORTAL_SECRET_KEY": "short"}, "db", "url")
    assert result.returncode == 1
    assert "PORTAL_LOOKUP_KEY: Field required" in result.stdout
    assert "PORTAL_SECRET_KEY: " in result.stdout
    assert "short" not in result.stdout.replace("too_short", "")


def test_the_address_of_the_database_is_one_that_psql_takes(environment: dict[str, str | None]) -> None:
    for run, options, role in ((portal, [], "portal_app"), (portal_here, ["--owner"], "portal_owner")):
        address = run(environment, "db", "url", *options).stdout.strip()
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)


def test_migrating_again_is_harmless(environment: dict[str, str | None]) -> None:
    assert portal(environment, "db", "migrate").returncode == 0


def test_without_the_owner_role_nothing_is_migrated(environment: dict[str, str | None]) -> None:
    result = portal_here({**environment, "PORTAL_OWNER_DATABASE_URL": None}, "db", "migrate")
    assert result.returncode == 1
    assert "PORTAL_OWNER_DATABASE_URL is missing" in result.stdout


def test_a_municipality_that_was_added_is_listed(environment: dict[str, str | None]) -> None:
    facts = {
        "name": "Ringebu",
        "organisation-number": "940837685",
        "slug": "ringebu",
        "hostname": "min.ringebu.kommune.no",
        "phone": "61 28 30 00",
        "email": "post@ringebu.kommune.no",
        "address-line": "Hanstadgata 4",
        "language": "nb",
    }
    added = portal(environment, "tenant", "add", "3439", *(f"--{name}={value}" for name, value in facts.items()))
    assert added.stdout == "Added 3439 Ringebu\n"
    assert portal(environment, "tenant", "list").stdout == "3439  Ringebu  nb\n"
    assert portal(environment, "tenant", "onbehalfof", "3439", "ringebu").stdout == "3439 is ringebu at ID-porten\n"
    assert "no municipality with that number" in portal_here(environment, "tenant", "onbehalfof", "9999").stdout


def test_the_demo_does_not_run_on_somebody_elses_database(environment: dict[str, str | None]) -> None:
    result = portal({**environment, "PORTAL_ENVIRONMENT": "demo", "PORTAL_PORT": "8471"}, "demo", "run")
    assert result.returncode == 1
    assert "unset DATABASE_URL" in result.stdout


def test_production_does_not_load_the_demo(environment: dict[str, str | None]) -> None:
    safe = {
        **environment,
        "PORTAL_ENVIRONMENT": "production",
        "PORTAL_HTTPS": "true",
        "PORTAL_IDPORTEN_ISSUER": "https://idporten.example",
        "PORTAL_STAFF_OIDC_ISSUER": "https://login.example",
        "PORTAL_MASKINPORTEN_ISSUER": "https://maskinporten.example/",
        "PORTAL_MASKINPORTEN_CLIENT_ID": "portal",
        "PORTAL_MASKINPORTEN_PRIVATE_JWK": environment["PORTAL_IDPORTEN_PRIVATE_JWK"],
        "PORTAL_KRR_URL": "https://krr.example",
        "PORTAL_FIKS_URL": "https://fiks.example",
        "PORTAL_FIKS_ACCOUNTS": json.dumps(
            {"3439": {"role": "r", "integration_id": "i", "integration_password": "a secret of Fiks"}}
        ),
    }
    result = portal(safe, "demo", "idporten")
    assert result.returncode == 1
    assert "not loaded in production" in result.stdout


def test_the_demo_is_started_over_without_its_data_and_with_its_secrets(
    environment: dict[str, str | None], tmp_path: Path
) -> None:
    assert "there is no demo in" in portal(environment, "demo", "reset", "--yes").stdout
    secrets = demo_settings_file(tmp_path)
    kept = [secrets, tmp_path / "note.txt"]
    gone = [tmp_path / "postgres" / "data" / "PG_VERSION", tmp_path / "files" / "letter.pdf"]
    for path in (*kept, *gone):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    asked = subprocess.run(
        [sys.executable, "-m", "citizen_portal.cli", "demo", "reset"],
        env={**os.environ, **{name: value for name, value in environment.items() if value is not None}},
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 1
    assert all(path.exists() for path in (*kept, *gone))
    assert portal_here(environment, "demo", "reset", "--yes").returncode == 0
    assert [path.exists() for path in (*kept, *gone)] == [True, True, False, False]


def test_the_first_system_owner_is_appointed_by_the_operator(
    environment: dict[str, str | None], in_ringebu: Municipality
) -> None:
    facts = {"subject": "oid-1", "name": "Bjørn Øverland", "title": "Systemeier", "unit": "IT"}
    asked = ("--municipality=3439", *(f"--{name}={value}" for name, value in facts.items()))
    for run in (portal, portal_here):
        done = run(environment, "staff", "appoint", *asked)
        assert done.stdout == "Bjørn Øverland is a system owner of Ringebu kommune, in IT\n"
    with db.read_only() as session:
        assert [(row.role, row.granted_by_name) for row in session.query(StaffRole)] == [
            (Role.SYSTEM_OWNER, "citizen-portal staff appoint")
        ]
    nowhere = portal_here(environment, "staff", "appoint", "--municipality=9999", *asked[1:])
    assert (nowhere.returncode, nowhere.stdout) == (1, "Error: there is no municipality with that number\n")
