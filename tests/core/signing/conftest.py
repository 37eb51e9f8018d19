"""Projects whose record is signed, and an attacker who may write to it but has no key."""

from __future__ import annotations

import os
import pickle
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler
from redun.config import Config
from redun.recorder.batch import Reason
from redun.recorder.reader import open_reader

KEY, OTHER_KEY = "11" * 32, "22" * 32


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


class Project:
    """A folder with a record; each run has a scheduler of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "redun.db"
        self.keys = folder / "signing.key"
        self.mark = folder / "exploded"
        self.sections: dict[str, dict[str, str]] = {"backend": {"db_uri": "sqlite:///redun.db"}}

    def sign(self, *keys: str) -> None:
        """Have the record signed with the first key from now on; without any, not at all."""
        self.sections.pop("signing", None)
        if keys:
            self.keys.touch(mode=0o600)
            self.keys.write_text("".join(f"{key}\n" for key in keys))
            self.sections["signing"] = {"key_file": "signing.key"}

    def config(self) -> Config:
        return Config(self.sections, configdir=str(self.folder))

    def run(self, expr: Any, **options: Any) -> Any:
        with Scheduler(self.config()) as scheduler:
            return scheduler.run(expr, **options)

    def reasons(self) -> list[Reason]:
        """Return why the jobs of the last execution ran, in their order."""
        with closing(open_reader(self.database)) as reader:
            (execution,) = reader.executions(1)
            return [job.reason for job in reader.jobs(execution.key, 100)]

    def attack(self, statement: str, *parameters: Any) -> int:
        """Write to the record as somebody who has no key; return how many rows that was."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(statement, parameters).rowcount

    def look(self, query: str) -> Sequence[Any]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    def bomb(self) -> bytes:
        return pickle.dumps(Bomb(self.mark))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    def make(name: str) -> Project:
        folder = tmp_path / name
        folder.mkdir()
        return Project(folder)

    return make
