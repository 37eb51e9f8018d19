"""A password goes to the server, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import warm
from redun_cli.main import main
from services.postgres import PostgresServer

from .conftest import PASSWORD

WORKFLOW = """
import os
from pathlib import Path

from redun import script, subrun, task

redun_namespace = "secrecy"


@task(executor="process")
def commands_that_tell() -> list[str]:
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = command.read_bytes()
        except OSError:
            continue
        if os.environ["REDUN_DB_PASSWORD"].encode() in text:
            found.append(str(command))
    return found


@task
def twice(number: int) -> int:
    return 2 * number


@task
def main() -> list:
    return [commands_that_tell(), script("echo done"), subrun(twice(3), executor="process", new_execution=True)]


@task
def fail() -> None:
    raise ValueError("as it happens")
"""
CONFIG = """
[backend]
db_uri = {url}
db_username_env = TEAM_USER

[executors.process]
type = process
max_workers = 1
"""


@pytest.fixture
def url(record: str, users: PostgresServer) -> str:
    """A record that `anna` may write; without her name."""
    with psycopg.connect(record) as connection:
        for what in ("TABLES", "SEQUENCES"):
            connection.execute(f"GRANT ALL ON ALL {what} IN SCHEMA public TO anna")
    return record.replace("postgres@", "")


def run_apart(folder: Path) -> str:
    """Run the workflow in a process of its own, and return all that it prints."""
    done = warm.run(
        [Path(sys.executable).with_name("redun"), "--log-level", "debug", "run", "wf.py", "main"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
def test_it_stays_where_it_was_said(
    url: str, record: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def redun(*words: str, code: int = 0) -> str:
        assert main(list(words)) == code
        return "".join(capsys.readouterr())

    (here / "wf.py").write_text(WORKFLOW)
    (here / ".redun").mkdir()
    (here / ".redun" / "redun.ini").write_text(CONFIG.format(url=url))
    for name, value in (("TEAM_USER", "anna"), ("REDUN_DB_PASSWORD", PASSWORD), ("HOME", str(here))):
        monkeypatch.setenv(name, value)
    printed = [
        ran := run_apart(here),
        redun("run", "wf.py", "fail", code=1),
        redun("log", "-"),
        redun("db", "info", "--format", "json"),
        redun("plugins"),
    ]
    assert "[[], b'done\\n', 6]" in ran
    monkeypatch.setenv("REDUN_DB_PASSWORD", "no sesame")
    printed.append(refused := redun("log", code=1))
    assert 'password authentication failed for user "anna"' in refused
    assert "TEAM_USER and REDUN_DB_PASSWORD" in refused
    recorded = rows_of(record)
    assert "commands_that_tell" in recorded
    kept = [path.read_text(errors="replace") for path in here.rglob("*") if path.is_file()]
    for text in (*printed, recorded, *kept):
        for form in (PASSWORD, repr(PASSWORD)[1:-1], PASSWORD.encode().hex(), "no sesame"):
            assert form not in text


def rows_of(url: str) -> str:
    """Return all rows of all tables as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return "\n".join(
            row
            for (table,) in tables.fetchall()
            for (row,) in connection.execute(f'SELECT t::text FROM "{table}" t')
        )
