"""The roles of docs/postgres.md: each can do its work, and nothing beyond."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import DatabaseUnwritableError
from redun.recorder.revisions import HEAD
from redun_cli.main import main
from services.postgres import PostgresServer

# It is the rights in the database that matter here, not the Python.
pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "postgres.md"
OWNER, WRITER, READER = "redun_owner", "clara", "dashboard"


@task(namespace="postgres_roles")
def double(number: int) -> int:
    return 2 * number


@task(namespace="postgres_roles")
def quadruple(number: int) -> int:
    return double(double(number))


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[Callable[[str], str]]:
    """The URL of the page's database for a role, set up as the page says."""
    server, database, versions, people = statements(of_roles=True)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for statement in filter(str.strip, f"{server}{people}".split(";")):
            connection.execute(statement)
    execute(postgres.url("redun"), database)

    def of(role: str) -> str:
        return postgres.url("redun", user=role)

    of.versions = versions  # type: ignore[attr-defined]
    yield of
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE redun WITH (FORCE)")
        connection.execute("DROP ROLE redun_owner, redun_writer, redun_reader, clara, dashboard")


def statements(*, of_roles: bool) -> list[str]:
    """Return the blocks of statements in the page's section about roles, or those in the others."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    return [
        block
        for section in sections
        if section.startswith("Roles\n") is of_roles
        for block in re.findall(r"^```postgresql\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    ]


def execute(url: str, statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statements)


@pytest.fixture
def redun(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run `redun` with a record; return what it prints, or of a failure what it says."""

    def run(url: str, *words: str) -> str:
        (here / ".redun").mkdir(exist_ok=True)
        (here / ".redun" / "redun.ini").write_text(f"[backend]\ndb_uri = {url}\n")
        code = main(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return out if not code else err

    return run


def test_each_role_does_its_work(url: Callable[[str], str], redun: Callable[..., str]) -> None:
    of_owner, of_writer, of_reader = (url(role) for role in (OWNER, WRITER, READER))

    def run(where: str) -> object:
        with Scheduler(Config({"backend": {"db_uri": where}})) as scheduler:
            return scheduler.run(quadruple(2))

    # Before there are tables, nobody but the owner makes them.
    for role in (WRITER, READER):
        assert (
            f"{role} may not make tables in the schema public of {url(role)}: connect as the owner of the database, or "
            f"have the right granted (GRANT CREATE ON SCHEMA public TO {role})"
        ) in redun(url(role), "db", "upgrade")
    assert f"Final db version: {HEAD}" in redun(of_owner, "db", "upgrade")
    execute(of_owner, url.versions)  # type: ignore[attr-defined]

    # The writer records and tags, and leaves the tables alone.
    assert run(of_writer) == 8
    assert "quadruple" in redun(of_writer, "log", "-")
    assert "stage" in redun(of_writer, "tag", "add", "-", "stage=2")
    assert "is now pinned" in redun(of_writer, "db", "pin", "-")
    assert (
        f"the tables of {of_writer} belong to redun_owner, and {WRITER} may not change them: connect as redun_owner "
        "(REDUN_DB_USERNAME) to bring them to another schema"
    ) in redun(of_writer, "db", "downgrade", "1.2")
    for statement in (
        "CREATE TABLE mine ()",
        "ALTER TABLE value ADD COLUMN mine int",
        "DROP TABLE lease",
        "TRUNCATE value",
        "UPDATE alembic_version SET version_num = '1.0'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(of_writer, statement)

    # The reader looks, and writes nothing.
    for words in (
        ["log"],
        ["log", "-"],
        ["log", "-.1"],
        ["why", "-.1"],
        ["db", "info"],
        ["db", "check", "--deep"],
    ):
        assert "error" not in redun(of_reader, *words).lower()
    needs = (
        "a run needs the rights of a writer, looking those of a reader, and the owner of the tables grants them "
        "(docs/postgres.md has the statements)"
    )
    for question in statements(of_roles=False):
        execute(of_reader, question)
    with pytest.raises(DatabaseUnwritableError) as caught:
        run(of_reader)
    assert re.fullmatch(
        rf"{re.escape(of_reader)}: permission denied for \w+ \w+; {re.escape(needs)}", str(caught.value)
    )
    assert needs in redun(of_reader, "tag", "add", "-", "stage=3")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(of_reader, "DELETE FROM job")

    # With a new version come new tables, and the rights to them.
    redun(of_owner, "db", "downgrade", "1.1")
    assert f"Final db version: {HEAD}" in redun(of_owner, "db", "upgrade")
    assert run(of_writer) == 8
    assert "2 executions" in redun(of_reader, "db", "info")


def test_one_whom_nobody_let_in(
    url: Callable[[str], str], redun: Callable[..., str], postgres: PostgresServer
) -> None:
    redun(url(OWNER), "db", "upgrade")
    execute(postgres.url(), "CREATE ROLE stranger LOGIN")
    try:
        assert "permission denied for database" in redun(url("stranger"), "log")
        execute(postgres.url(), "GRANT CONNECT ON DATABASE redun TO stranger")
        found = redun(url("stranger"), "log")
        assert f"{url('stranger')} has no schema for the tables of redun that this user may use" in found
        assert "GRANT USAGE ON SCHEMA public TO" in found
    finally:
        execute(postgres.url("redun"), "DROP OWNED BY stranger")
        execute(postgres.url(), "DROP ROLE stranger")
