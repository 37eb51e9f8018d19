"""Signatures on PostgreSQL: whoever may write there and has no key cannot have anything unpickled."""

from __future__ import annotations

import os
import pickle
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from redun import Scheduler, task
from redun.config import Config
from redun.errors import DryRunResult, RedunError, UntrustedValueError
from redun.query import open_record
from redun.recorder.batch import Reason
from redun.session.recalling import recall
from redun_cli.db.command import db as command
from redun_cli.invocation import Invocation

KEY, OTHER_KEY = "11" * 32, "22" * 32
RAN: list[str] = []


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@task(namespace="signed_postgres", version="1")
def small(x: int) -> dict[str, int]:
    RAN.append("small")
    return {"x": x}


@task(namespace="signed_postgres", version="1")
def large(x: int) -> list[bytes]:
    RAN.append("large")
    return [bytes([x]) * 2_000_000]


@task(namespace="signed_postgres", version="1")
def main(x: int) -> list[Any]:
    RAN.append("main")
    return [small(x), large(x), None]


class Project:
    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.mark = folder / "exploded"
        self.sections: dict[str, dict[str, str]] = {"backend": {"db_uri": url}}
        self.folder = folder

    def sign(self, *keys: str) -> None:
        path = self.folder / "signing.key"
        path.touch(mode=0o600)
        path.write_text("\n".join(keys))
        self.sections["signing"] = {"key_file": "signing.key"}

    def config(self) -> Config:
        return Config(self.sections, configdir=str(self.folder))

    def run(self, expr: Any, **options: Any) -> Any:
        RAN.clear()
        with Scheduler(self.config()) as scheduler:
            return scheduler.run(expr, **options)

    def reasons(self) -> set[Reason]:
        rows = self.ask("SELECT reason FROM job WHERE execution = (SELECT max(key) FROM execution)")
        return {Reason(reason) for (reason,) in rows}

    def ask(self, query: str, *parameters: Any) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def project(record: str, tmp_path: Path) -> Project:
    return Project(record, tmp_path)


def test_what_is_signed_is_replayed_and_what_is_not_runs_again(project: Project) -> None:
    project.run(main(1))
    project.sign(KEY)
    expected = project.run(main(1))
    assert sorted(RAN) == ["large", "main", "small"]
    assert project.reasons() == {Reason.UNTRUSTED}
    assert project.run(main(1)) == expected
    assert RAN == []
    project.sign(OTHER_KEY, KEY)
    project.run(main(1))
    assert RAN == []
    project.run(main(1), cache=False)
    project.sign(OTHER_KEY)
    project.run(main(1))
    assert RAN == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE value SET blob = %s, format = 0",
        "UPDATE value SET blob = %s, format = 0, signature = NULL",
        "UPDATE value SET blob = %s, format = 0, flags = 0, signature = (SELECT signature FROM value LIMIT 1)",
    ],
)
def test_a_bomb_as_every_value_does_not_explode(project: Project, statement: str) -> None:
    project.sign(KEY)
    project.run(main(1))
    project.ask(statement, pickle.dumps(Bomb(project.mark)))
    with closing(Scheduler(project.config())) as scheduler:
        for (value_hash,) in project.ask("SELECT hash FROM value"):
            with pytest.raises(UntrustedValueError, match="is not read"):
                scheduler.recorder.load(value_hash, 0)
    with pytest.raises(DryRunResult, match="1 job"):
        project.run(main(1), dryrun=True)
    project.run(main(1))
    assert project.reasons() == {Reason.UNTRUSTED}
    project.run(main(1))
    assert project.reasons() == {Reason.REPLAYED}
    assert not project.mark.exists()


def test_many_writers_of_the_same_values_do_not_wait_for_each_other(project: Project) -> None:
    """A value that is there with its signature is not locked by those who record it again."""
    project.sign(KEY)
    project.run(main(1))
    with psycopg.connect(project.url) as holder:
        holder.execute("SELECT 1 FROM value FOR UPDATE")
        project.run(main(1), cache=False)
    assert project.reasons() == {Reason.NO_CACHE}


def test_what_is_asked_for_by_name_is_refused_and_can_be_adopted(project: Project) -> None:
    project.run(main(1))
    project.sign(KEY)
    (project.folder / "redun.ini").write_text(
        f"[backend]\ndb_uri = {project.url}\n[signing]\nkey_file = signing.key\n"
    )

    def db(*words: str) -> Result:
        return CliRunner().invoke(
            command, words, obj=Invocation(config_option=project.folder), standalone_mode=False
        )

    with open_record(project.config()) as record:
        for value in record.values:
            with pytest.raises(UntrustedValueError, match="it has no signature"):
                record.load(value)
    with pytest.raises(RedunError, match=r"cannot be read back: .* it has no signature"):
        recall(project.config(), "-").arguments(main.signature)
    verified = db("verify")
    assert verified.return_value == 1
    assert "problem: not signed (5)" in verified.stdout
    signed = db("sign", "--unsigned")
    assert f"{project.url}: signed 5 values with key f65b6828" in signed.stdout
    assert db("verify").return_value == 0
    with open_record(project.config()) as record:
        assert {"x": 1} in [record.load(value) for value in record.values if value.type == "dict"]
    project.run(main(1))
    assert RAN == []
