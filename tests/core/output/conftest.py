"""A scheduler with a record to look into."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redun import Scheduler
from redun.config import Config

Outputs = dict[str, dict[str, str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "redun.db"


@pytest.fixture
def scheduler(path: Path) -> Iterator[Scheduler]:
    with Scheduler(Config({"backend": {"db_uri": f"sqlite:///{path}"}})) as made:
        yield made


@pytest.fixture
def kept(path: Path) -> Callable[[], Outputs]:
    """Return what was kept of the last execution: by task and argument, by stream."""

    def look() -> Outputs:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(
                "SELECT task.name, group_concat(value.preview), output.stream, output.text FROM output"
                " JOIN job USING (execution, number) JOIN task ON task.key = job.task"
                " LEFT JOIN argument ON argument.eval_hash = job.eval_hash"
                " LEFT JOIN value ON value.hash = argument.value_hash"
                " WHERE execution = (SELECT max(key) FROM execution)"
                " GROUP BY output.execution, output.number, output.stream"
            ).fetchall()
        found: Outputs = {}
        for task, arguments, stream, text in rows:
            streams = found.setdefault(f"{task}({arguments or ''})", {})
            streams[{1: "stdout", 2: "stderr", 3: "log"}[stream]] = text
        return found

    return look
