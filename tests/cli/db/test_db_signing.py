"""`redun db verify` and `redun db sign`: what is signed by whom, and signing what was not."""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redun import Scheduler, task
from redun.config import load_config
from redun.errors import ConfigError
from redun_cli.db.command import db
from redun_cli.invocation import Invocation
from redun_cli.why.command import why

KEY, NEXT_KEY, STRANGE_KEY = "11" * 32, "22" * 32, "33" * 32
RAN: list[int] = []


@task(namespace="db_signing", version="1")
def small(x: int) -> dict[str, int]:
    RAN.append(x)
    return {"x": x}


@task(namespace="db_signing", version="1")
def large(x: int) -> list[bytes]:
    RAN.append(x)
    return [bytes([x]) * 2_000_000]


class Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


class Project:
    def __init__(self, folder: Path) -> None:
        self.config_dir = folder / ".redun"
        self.config_dir.mkdir(parents=True)
        self.keys()

    def keys(self, *keys: str) -> None:
        text = "[backend]\ndb_uri = sqlite:///redun.db\n"
        if keys:
            path = self.config_dir / "signing.key"
            path.touch(mode=0o600)
            path.write_text("\n".join(keys))
            text += "[signing]\nkey_file = signing.key\n"
        (self.config_dir / "redun.ini").write_text(text)

    def run(self, *calls: Any) -> list[int]:
        """Run calls; return what ran."""
        RAN.clear()
        with Scheduler(load_config(self.config_dir)) as scheduler:
            for call in calls:
                scheduler.run(call)
        return sorted(RAN)

    def db(self, *words: str, code: int = 0) -> str:
        result = self.result(*words)
        if result.exception is not None:
            raise result.exception
        assert (result.return_value or 0) == code, result.output
        return result.stdout

    def result(self, *words: str) -> Result:
        return CliRunner().invoke(db, words, obj=Invocation(), standalone_mode=False)

    def attack(self, statement: str, *parameters: Any) -> None:
        with closing(sqlite3.connect(self.config_dir / "redun.db")) as connection, connection:
            connection.execute(statement, parameters)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


def test_an_old_record_is_adopted_only_if_asked(project: Project) -> None:
    assert project.run(small(1), large(2)) == [1, 2]
    project.keys(KEY)
    found = project.db("verify", code=1)
    assert "problem: not signed (4)\n  Not read: it was recorded without a key." in found
    assert (
        "What to do: if you trust whoever could write to this record, `redun db sign --unsigned` signs it"
        in found
    )
    assert "redun.db: 0 values signed with key f65b6828, 4 problems" in found

    said = project.db("sign")
    assert "left as they are: 4 values, not signed" in said
    assert "redun.db: signed 0 values with key f65b6828" in said

    assert "redun.db: signed 4 values with key f65b6828" in project.db("sign", "--unsigned")
    assert (
        "redun.db: 3 values signed with key f65b6828, no problems; --all also reads 1 payload"
        in project.db("verify")
    )
    assert "redun.db: 4 values signed with key f65b6828, no problems\n" in project.db("verify", "--all")
    assert project.run(small(1), large(2)) == []


def test_keys_are_changed_without_computing_anything_anew(project: Project) -> None:
    project.keys(KEY)
    project.run(small(1), large(2))
    project.keys(NEXT_KEY, KEY)
    assert "4 values signed with an older key: `redun db sign`" in project.db("verify", "--all")
    assert "signed 4 values" in project.db("sign")
    project.keys(NEXT_KEY)
    assert "4 values signed with key" in project.db("verify", "--all")
    assert project.run(small(1), large(2)) == []


def test_a_strange_key_and_a_wrong_signature_are_told_apart(project: Project) -> None:
    project.keys(STRANGE_KEY)
    project.run(small(1))
    project.keys(KEY)
    project.run(small(2))
    mark = project.config_dir / "exploded"
    project.attack(
        "UPDATE value SET blob = ? WHERE signature IS NOT NULL AND preview = ?",
        pickle.dumps(Bomb(mark)),
        "{'x': 2}",
    )
    found = json.loads(project.db("verify", "--format", "json", code=1))
    assert found["counts"] == {"current": 1, "older": 0, "unsigned": 0, "unknown": 2, "wrong": 1}
    assert found["problems"] == 3
    strange = next(one for one in found["found"] if one["verdict"] == "unknown")
    assert {example["key"] for example in strange["examples"]} != {found["key"]}
    text = project.db("verify", code=1)
    assert "problem: wrong signature (1)\n  Not read: it is not what was signed" in text
    assert f"(dict, key {strange['examples'][0]['key']})" in text

    # Nothing signs what is wrong.
    assert "signed 2 values" in project.db("sign", "--unsigned", "--unknown")
    assert json.loads(project.db("verify", "--format", "json", code=1))["counts"]["wrong"] == 1
    assert project.run(small(1), small(2)) == [2]
    assert project.run(small(1), small(2)) == []
    project.db("verify")
    assert not mark.exists()


@pytest.mark.parametrize("harm", ["gone", "replaced"])
def test_the_value_store_is_read_when_asked(project: Project, harm: str) -> None:
    project.keys(KEY)
    project.run(large(1))
    (path,) = (one for one in (project.config_dir / "values").rglob("*") if one.is_file())
    if harm == "gone":
        path.unlink()
    else:
        from redun.recorder.value_store import FolderValueStore

        FolderValueStore(project.config_dir / "values").put(
            bytes.fromhex(path.parent.name + path.name), pickle.dumps(Bomb(path)), replace=True
        )
    project.db("verify")
    expected = "payloads that cannot be read (1)" if harm == "gone" else "wrong signature (1)"
    assert f"problem: {expected}" in project.db("verify", "--all", code=1)
    assert project.run(large(1)) == [1]
    project.db("verify", "--all")


@pytest.mark.parametrize("command", ["verify", "sign"])
def test_without_a_key_there_is_nothing_to_verify(project: Project, command: str) -> None:
    project.run(small(1))
    with pytest.raises(ConfigError, match=r"name one by key_file or key_env in section \[signing\]"):
        project.db(command)


def test_why_says_that_a_result_was_not_signed(project: Project) -> None:
    project.run(small(1))
    project.keys(KEY)
    project.run(small(1))
    result = CliRunner().invoke(why, ["--last-run"], obj=Invocation(), standalone_mode=False)
    assert "the recorded result is not signed with a key that is accepted" in result.stdout
