"""Who may connect to a server that asks for it, and what those are told who may not."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from redun.errors import RecorderError
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.refusals import refusal
from services.postgres import PostgresServer

from .conftest import PASSWORD, Tls

# It is libpq and the server that matter here, not the Python.
pytestmark = pytest.mark.slow


def user_of(url: str) -> str:
    """Return who one is after connecting as redun does."""
    destination = Destination.of(url)
    try:
        with psycopg.connect(**destination.keywords()) as connection:
            (user,) = connection.execute("SELECT current_user").fetchone()
            return user
    except psycopg.Error as error:
        refused = refusal(error, destination)
        raise error if refused is None else refused from error


@pytest.fixture
def url(users: PostgresServer) -> str:
    return f"postgresql://127.0.0.1:{users.port}/postgres"


def test_user_and_password_of_the_environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDUN_DB_USERNAME", "anna")
    monkeypatch.setenv("REDUN_DB_PASSWORD", PASSWORD)
    assert user_of(url) == "anna"


def test_other_names_for_them(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDUN_DB_PASSWORD", "wrong")
    monkeypatch.setenv("TEAM_USER", "anna")
    monkeypatch.setenv("TEAM_PASSWORD", PASSWORD)
    assert user_of(f"{url}?db_username_env=TEAM_USER&db_password_env=TEAM_PASSWORD") == "anna"


def test_password_file(url: str, users: PostgresServer, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    file = here / ".pgpass"
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"127.0.0.1:{users.port}:*:anna:{escaped}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert user_of(f"{url}?user=anna") == "anna"


def test_service_file(url: str, users: PostgresServer, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = here / "services.conf"
    services.write_text(
        f"[team]\nhost=127.0.0.1\nport={users.port}\ndbname=postgres\nuser=anna\npassword={PASSWORD}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    assert user_of("postgresql:///?service=team") == "anna"


def test_peer(users: PostgresServer) -> None:
    assert user_of(f"postgresql://bert@/postgres?host={users.folder}&port={users.port}") == "bert"


def test_trust(users: PostgresServer) -> None:
    assert user_of(users.url()) == "postgres"


def test_what_one_is_told_who_may_not(
    url: str, users: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(url: str) -> str:
        with pytest.raises(RecorderError) as caught:
            user_of(url)
        return str(caught.value)

    where = (
        "put user and password into the environment variables REDUN_DB_USERNAME and REDUN_DB_PASSWORD, or into "
        "~/.pgpass (which only its owner may read), or name a service (?service=…)"
    )
    anna = url.replace("//", "//anna@")
    assert told(anna) == f"cannot connect to {anna} (fe_sendauth: no password supplied): {where}"
    monkeypatch.setenv("REDUN_DB_PASSWORD", "wrong")
    reason = 'password authentication failed for user "anna"'
    assert told(anna) == f"cannot connect to {anna} ({reason}): {where}"
    other = where.replace("REDUN_DB_PASSWORD", "TEAM")
    assert told(f"{anna}?db_password_env=TEAM").endswith(f": {other}")
    assert 'role "nobody" does not exist' in told(url.replace("//", "//nobody@"))
    peer = f"postgresql://anna@/postgres?host={users.folder}&port={users.port}"
    assert f'(Peer authentication failed for user "anna"): {where}' in told(peer)
    missing = told(users.url("absent"))
    assert missing == (
        f'cannot connect to {users.url("absent")} (database "absent" does not exist): make it (`createdb`, or CREATE '
        "DATABASE), then `redun db upgrade` makes the tables"
    )
    assert '(definition of service "nowhere" not found): write it into ~/.pg_service.conf' in told(
        "postgresql:///?service=nowhere"
    )
    assert told(f"{users.url()}?sslmode=require").endswith(
        ": the server has no TLS: leave out `sslmode`, or have TLS set up there"
    )
    assert told(f"{users.url()}?sslmode=maximal").endswith(
        '(invalid sslmode value: "maximal"): correct the option in `db_uri`'
    )
    for options, reason in {
        "-csearch_paht%3Dteam": 'unrecognized configuration parameter "search_paht"',
        "-cstatement_timeout%3Dlong": 'invalid value for parameter "statement_timeout": "long"',
        "-cjit%3Dmaybe": 'parameter "jit" requires a Boolean value',
        "-cwork_mem%3D1": '1 kB is outside the valid range for parameter "work_mem" (64 .. 2147483647)',
        "--team": "--team requires a value",
        "team": "invalid command-line argument for server process: team",
    }.items():
        assert told(f"{users.url()}?options={options}").endswith(
            f"({reason}): correct the option in `db_uri`"
        )


def test_a_server_that_is_away_may_come_back() -> None:
    with pytest.raises(psycopg.OperationalError):
        user_of("postgresql://127.0.0.1:1/redun")


def test_tls(users: PostgresServer, tls: Tls) -> None:
    host = f"postgresql://postgres@localhost:{users.port}/postgres"
    assert user_of(f"{host}?sslmode=verify-full&sslrootcert={tls.authority}") == "postgres"
    carl = (
        f"postgresql://carl@localhost:{users.port}/postgres?sslmode=verify-full&sslrootcert={tls.authority}"
    )
    assert user_of(f"{carl}&sslcert={tls.certificate}&sslkey={tls.key}") == "carl"


AUTHORITY = (
    "`sslrootcert` names the certificate of the authority that signed the server's, and the host of the URL is the one "
    "in the server's certificate"
)
MINE = "`sslcert` and `sslkey` name your certificate and its key, which only you may read (chmod 600)"


def test_what_one_is_told_whose_tls_does_not_fit(users: PostgresServer, tls: Tls, here: Path) -> None:
    right, wrong, absent = (
        f"sslrootcert={path}" for path in (tls.authority, tls.other_authority, here / "absent")
    )
    open_key = here / "open.key"
    open_key.write_bytes(tls.key.read_bytes())
    open_key.chmod(0o644)
    for place, options, reason, advice in (
        ("postgres@localhost", (wrong,), "SSL error: certificate verify failed", AUTHORITY),
        ("postgres@127.0.0.1", (right,), 'does not match host name "127.0.0.1"', AUTHORITY),
        ("postgres@localhost", (absent,), 'absent" does not exist', AUTHORITY),
        ("carl@localhost", (right,), "connection requires a valid client certificate", MINE),
        (
            "carl@localhost",
            (right, f"sslcert={tls.certificate}", f"sslkey={open_key}"),
            "group or world access",
            MINE,
        ),
    ):
        with pytest.raises(RecorderError) as caught:
            user_of(f"postgresql://{place}:{users.port}/postgres?sslmode=verify-full&{'&'.join(options)}")
        assert reason in str(caught.value)
        assert str(caught.value).endswith(f"): {advice}")
