"""What copies of a signed record of all kinds of things say, and replay."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from redun import File, Handle, Scheduler, apply_tags, catch, subrun, task
from redun.config import Config
from redun_cli.main import redun

redun_namespace = "copying_postgres"
RAN: list[str] = []


class Table(Handle):
    def __init__(self, name: str) -> None:
        self.name = name


@task(version="1")
def write(path: str) -> File:
    RAN.append("write")
    file = File(path)
    file.write("a file")
    return file


@task(version="1")
def fill(table: Table) -> Table:
    RAN.append("fill")
    return table


@task(version="1", tags=[("stage", "first")])
def large(letter: str) -> bytes:
    RAN.append("large")
    print(f"making {letter}")
    return letter.encode() * 1_500_000


@task(version="1")
def fail(reason: str) -> None:
    RAN.append("fail")
    raise ValueError(reason)


@task(version="1")
def recover(error: ValueError) -> str:
    RAN.append("recover")
    return str(error)


@task(version="1")
def below(number: int) -> int:
    RAN.append("below")
    return number + 1


@task(version="1")
def main(folder: str, number: int) -> Any:
    RAN.append("main")
    result = [
        write(f"{folder}/made.txt"),
        fill(Table("samples")),
        [large(letter) for letter in "xy"],
        catch(fail("no reads"), ValueError, recover),
        [below(below(n)) for n in range(number)],
        subrun(below(41), executor="default", new_execution=True),
        "a text with a \0 in it \N{SNOWMAN}",
    ]
    return apply_tags(result, tags=[("quality", "checked")], job_tags=[("plate", ["A7", 1])])


def run(url: str, folder: Path, number: int = 3) -> list[str]:
    RAN.clear()
    sections = {"backend": {"db_uri": url}, "signing": {"key_file": "key"}}
    with Scheduler(Config(sections, configdir=str(folder))) as scheduler:
        scheduler.run(main(str(folder), number), tags=[("project", "atlas")])
    return list(RAN)


@pytest.fixture
def project(here: Path) -> Path:
    """A folder with a record whose values are signed, and which names the database."""
    key = here / "key"
    key.touch(mode=0o600)
    key.write_text("11" * 32)
    run(f"sqlite:///{here}/redun.db", here)
    return here


def command(*words: str) -> str:
    result = CliRunner().invoke(redun, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def copy(source: str, target: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(command("db", "copy", source, target, "--format", "json"))
    assert (document["lost"], document["differing"]) == ([], {})
    return document


def said(url: str, folder: Path) -> str:
    """All that `redun log` says of a record."""
    (folder / ".redun").mkdir(exist_ok=True)
    (folder / ".redun" / "redun.ini").write_text(f"[backend]\ndb_uri = {url}\n")
    return "\n".join(
        command("-c", str(folder / ".redun"), *words) for words in (["log"], ["log", "-"], ["log", "~1"])
    )


def test_the_copies_say_and_replay_the_same(project: Path, record: str) -> None:
    first = f"sqlite:///{project}/redun.db"
    second = f"sqlite:///{project}/back/redun.db"
    there = copy(str(project / "redun.db"), record)
    assert {name for name, count in there["rows"].items() if count} >= {"handle", "output", "tag", "file"}
    assert there["written"] == sum(there["rows"].values())
    assert copy(record, str(project / "back" / "redun.db"))["rows"] == there["rows"]
    assert copy(first, record)["written"] == 0
    with closing(sqlite3.connect(project / "back" / "redun.db")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        unsigned = (
            "SELECT count(*) FROM value WHERE signature IS NULL AND (blob IS NOT NULL OR store IS NOT NULL)"
        )
        assert connection.execute(unsigned).fetchone() == (0,)
    log = said(first, project)
    assert "copying_postgres.main" in log
    assert said(record, project).replace(record, first) == log
    assert said(second, project).replace(second, first) == log
    expected = run(first, project)
    # What failed is tried again, and what caught it.
    assert set(expected) <= {"fail", "recover"}
    assert run(record, project) == expected
    assert run(second, project) == expected
