"""`redun db` on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from redun import File, Scheduler, task
from redun.config import Config
from redun.errors import RedunError
from redun.recorder.revisions import HEAD, REVISIONS
from redun_cli.db.command import db
from redun_cli.invocation import Invocation

Invoke = Callable[..., Result]


@task(namespace="postgres_upkeep")
def half(number: int) -> int:
    return number // 2


@task(namespace="postgres_upkeep")
def write(path: str, number: int) -> File:
    File(path).write(str(number))
    return File(path)


@task(namespace="postgres_upkeep")
def main(number: int) -> object:
    return [half(number), write("out.txt", half(half(number))), "text", half(half(half(number)))]


@pytest.fixture
def invoke(here: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run `redun db` with some words in a project whose record is at a URL; its exit code is to be 0, or `code`."""
    monkeypatch.setenv("TZ", "UTC")

    def run(url: str, *words: str, code: int = 0) -> Result:
        (here / ".redun").mkdir(exist_ok=True)
        (here / ".redun" / "redun.ini").write_text(f"[backend]\ndb_uri = {url}\n")
        result = CliRunner().invoke(db, words, obj=Invocation(), standalone_mode=False)
        if result.exception is None:
            assert (result.return_value or 0) == code, result.output
        elif not isinstance(result.exception, RedunError):
            raise result.exception
        return result

    return run


def told(result: Result) -> str:
    assert isinstance(result.exception, RedunError), result.output
    return str(result.exception)


def test_tables_are_made_and_changed(database: str, invoke: Invoke) -> None:
    empty = f"{database} has no tables of redun yet: `redun db upgrade` makes them, once for all who use it "
    for words in (["info"], ["check"]):
        assert told(invoke(database, *words)).startswith(empty)
    made = invoke(database, "upgrade").stdout.splitlines()
    assert made[-2:] == ["Initial db version: none, there are no tables yet", f"Final db version: {HEAD}"]
    assert invoke(database, "upgrade").stdout.splitlines()[-1] == "No migration needed."
    down = invoke(database, "downgrade", REVISIONS[-2]).stdout.splitlines()
    assert down[-2:] == [
        f"Final db version: {REVISIONS[-2]}",
        f"This redun needs {HEAD}: go on with an older one.",
    ]
    found = invoke(database, "info").stdout
    assert f"db version: {REVISIONS[-2]} '" in found
    assert f"needed: {HEAD}; older ones from 1.0 on are brought to it by `redun db upgrade`" in found
    checked = invoke(database, "check", code=1).stdout
    assert f"schema {REVISIONS[-2]}, and this redun writes {HEAD}" in checked
    assert told(invoke(database, "upgrade", "7.7")) == (
        f"there is no schema 7.7: this redun knows {', '.join(REVISIONS)} and latest"
    )
    with pytest.raises(
        Exception, match="--backup copies files of SQLite; for PostgreSQL there is its program pg_dump"
    ):
        invoke(database, "upgrade", "--backup", "copy.db")


def test_a_record_is_described_and_checked(record: str, invoke: Invoke) -> None:
    with Scheduler(Config({"backend": {"db_uri": record}})) as scheduler:
        scheduler.run(main(8))
        with pytest.raises(TypeError):
            scheduler.run(half("eight"))  # type: ignore[arg-type]
    document = json.loads(invoke(record, "info", "--format", "json").stdout)
    assert document["database"] == record
    assert (document["schema"], document["compatible"]) == (HEAD, True)
    assert document["executions"] == {"DONE": 1, "FAILED": 1}
    assert document["tables"]["execution"]["rows"] == 2
    assert document["tables"]["job"]["rows"] > 5
    assert document["bytes"]["database"] > document["tables"]["job"]["bytes"] > 0
    text = invoke(record, "info").stdout
    assert f"database: {record}\n" in text
    assert "2 executions: 1 done, 1 failed" in text
    assert invoke(record, "check", "--deep").stdout.splitlines()[-1] == f"{record}: no problems"

    with psycopg.connect(record) as connection:
        connection.execute(
            "UPDATE execution SET status = 0, heartbeat = 5, host = 'elsewhere' WHERE error IS NOT NULL"
        )
        connection.execute("DELETE FROM value WHERE preview = '2'")
        connection.execute("UPDATE argument SET name = 'other' WHERE name = 'path'")
    checked = invoke(record, "check", "--deep", "--format", "json", code=1).stdout
    found = {one["kind"]: one for one in json.loads(checked)["found"]}
    assert {kind: one["severity"] for kind, one in found.items()} == {
        "reference": "problem",
        "eval hash": "problem",
        "crashed": "remark",
    }
    assert any("which is no value" in one["detail"] for one in found["reference"]["examples"])


def test_what_is_for_files_alone_says_so(record: str, invoke: Invoke) -> None:
    for words, why in (
        (["backup", "copy.db"], "the programs of the server copy its databases (pg_dump)"),
        (["gc", "--all"], "nothing is removed from a shared record yet"),
    ):
        assert told(invoke(record, *words)) == (
            f"`redun db {words[0]}` works on files of SQLite, and the record is {record}: {why}"
        )


def test_another_record_is_named_by_its_url(record: str, invoke: Invoke) -> None:
    assert f"database: {record}\n" in invoke("sqlite:///redun.db", "info", record).stdout
    secret = record.replace("postgres@", "postgres:sesame@")
    assert told(invoke("sqlite:///redun.db", "info", secret)).startswith(
        f"{record.replace('postgres@', 'postgres:***@')} holds a password"
    )
