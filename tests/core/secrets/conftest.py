"""A project folder on disk, and a look at every byte that it has come to hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler
from redun.config import Config
from redun.recorder.reader import Reader, open_reader


class Project:
    """A folder with a configuration; schedulers are opened in it one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sections: dict[str, dict[str, str]] = {"backend": {"db_uri": "sqlite:///redun.db"}}

    def config(self) -> Config:
        return Config(self.sections, configdir=str(self.folder))

    def run(self, expr: Any, **options: Any) -> Any:
        """Run an expression in a scheduler of its own, and see to it that the log is checkpointed only at the end."""
        observers = options.pop("observers", ())
        with Scheduler(self.config(), observers=observers) as scheduler:
            return scheduler.run(expr, **options)

    def reader(self) -> closing[Reader]:
        return closing(open_reader(self.folder / "redun.db"))

    def previews(self) -> list[str]:
        import sqlite3

        with closing(sqlite3.connect(self.folder / "redun.db")) as connection:
            return [preview for (preview,) in connection.execute("SELECT preview FROM value")]

    def holding(self, needle: str | bytes) -> list[str]:
        """Return the files below the folder in whose bytes something occurs."""
        data = needle.encode() if isinstance(needle, str) else needle
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return sorted(str(path.relative_to(self.folder)) for path in files if data in path.read_bytes())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / ".redun"
    folder.mkdir()
    return Project(folder)


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    def make(name: str) -> Project:
        folder = tmp_path / name
        folder.mkdir()
        return Project(folder)

    return make
