"""Tables that no run of redun would write: a command says what it can, or that the record is damaged."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Redun = Callable[..., Any]

DEEP = "CAST('" + "[" * 10_000 + "' AS TEXT)"
HUGE = 2**62
CHANGES = {
    "argv is no json": "UPDATE execution SET argv = '{'",
    "argv is a number": "UPDATE execution SET argv = '7'",
    "argv holds no texts": "UPDATE execution SET argv = '[1, null, [2], {\"a\": 3}]'",
    "argv is deep": f"UPDATE execution SET argv = {DEEP}",
    "argv is bytes": "UPDATE execution SET argv = x'ff00'",
    "parameters are no json": "UPDATE task SET parameters = 'x'",
    "parameters are deep": f"UPDATE task SET parameters = {DEEP}",
    "parameters are null": "UPDATE task SET parameters = 'null'",
    "times are huge": f"UPDATE execution SET started = {HUGE}, ended = {HUGE}, heartbeat = {HUGE}",
    "times are before all": f"UPDATE execution SET started = -{HUGE}, ended = -{HUGE}, heartbeat = -{HUGE}",
    "times are texts": "UPDATE execution SET started = 'now', ended = 'then', heartbeat = 'x'",
    "times of jobs are huge": f"UPDATE job SET started = {HUGE}, duration = {HUGE}",
    "times of jobs are negative": f"UPDATE job SET started = -{HUGE}, duration = -{HUGE}",
    "times of jobs are texts": "UPDATE job SET started = 'now', duration = 'long'",
    "states are unknown": "UPDATE job SET status = 99",
    "states of executions are unknown": "UPDATE execution SET status = 99",
    "states are texts": "UPDATE job SET status = 'x', reason = 'y'",
    "reasons are unknown": "UPDATE job SET reason = 99",
    "formats are unknown": "UPDATE value SET format = 99, flags = 1000000",
    "sizes are texts": "UPDATE value SET size = 'large'",
    "previews are bytes": "UPDATE value SET preview = x'ff1b5b', type = x'00'",
    "names are bytes": "UPDATE task SET name = x'ff', namespace = x'fe', source = x'fd', file = x'fc'",
    "names are numbers": "UPDATE task SET name = 1, namespace = 2, source = 3, file = 4, line = 'x'",
    "every job is its own parent": "UPDATE job SET parent = number",
    "parents go round": "UPDATE job SET parent = 3 - number",
    "parents are missing": "UPDATE job SET parent = 99",
    "tasks are missing": "DELETE FROM task",
    "values are missing": "DELETE FROM value",
    "calls are missing": "DELETE FROM call_node",
    "executions are missing": "DELETE FROM execution",
    "calls contain each other": (
        "INSERT OR REPLACE INTO call_edge SELECT a.hash, 0, b.hash FROM call_node a, call_node b"
    ),
    "values contain each other": "INSERT OR REPLACE INTO subvalue SELECT a.hash, b.hash FROM value a, value b",
    "everything came from everything": (
        "INSERT OR REPLACE INTO flow SELECT a.eval_hash, a.position, b.hash FROM argument a, call_node b"
    ),
    "hashes are short": "UPDATE job SET call_hash = x'01', eval_hash = x'02'",
    "hashes are texts": "UPDATE job SET call_hash = 'abc', eval_hash = 'def'",
    "ids are texts": "UPDATE execution SET id = 'id' || key",
    "errors are deep": f"UPDATE value SET blob = {DEEP}, format = 1, flags = 4",
    "errors are odd": 'UPDATE value SET blob = \'{"traceback": {"a": 5}, "message": [1]}\', format = 1, flags = 4',
    "payloads are numbers": "UPDATE value SET blob = 5, format = 1, flags = 4",
    "tags are of nothing": "UPDATE tag SET entity = 'nonsense'",
    "ids of tags are texts": "UPDATE OR REPLACE tag SET id = 'x' || entity",
    "values of tags are bytes": "UPDATE OR REPLACE tag SET value = x'ff', key = x'fe' || id",
    "processes are impossible": f"UPDATE execution SET status = 0, pid = {HUGE}, host = 'HOST'",
    "processes are all": "UPDATE execution SET status = 0, pid = -1, host = 'HOST'",
    "processes are texts": "UPDATE execution SET status = 0, pid = 'x', host = 'HOST'",
    "output is bytes": "UPDATE output SET text = x'ff1b', dropped = 'x'",
    "streams are unknown": "UPDATE output SET stream = stream + 90",
    "the schema is of another world": "UPDATE alembic_version SET version_num = '9.9' || char(27) || '[31m'",
}
COMMANDS = [
    ["log"],
    ["log", "--all"],
    ["log", "-"],
    ["log", "-.1"],
    ["log", "-.2"],
    ["log", "--output", "-"],
    ["log", "two two"],
    ["why", "-.1"],
    ["why", "-"],
    ["tag", "list"],
    ["tag", "list", "--values"],
    ["tag", "list", "raw"],
    ["log", "--all", "--format", "json"],
    ["log", "-", "--format", "json"],
    ["why", "-", "--format", "json"],
    ["tag", "list", "raw", "--format", "json"],
    ["viz", "-", "-o", "-", "--format", "dot"],
]
REPORTED = {"argv is no json", "times of jobs are huge", "every job is its own parent", "values are missing"}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_tables(redun: Redun, plain: Any, tmp_path: Path, name: str) -> None:
    folder = tmp_path / ".redun"
    shutil.copytree(plain.path.parent, folder)
    from redun.recorder.liveness import this_host

    with closing(sqlite3.connect(folder / "redun.db")) as connection:
        connection.executescript(CHANGES[name].replace("HOST", this_host()))
        connection.commit()
    for words in [*COMMANDS, *([["report", "-o", "-"]] if name in REPORTED else [])]:
        shown = redun(*words, config=folder)
        told = shown.err.decode()
        assert shown.code in (0, 1), (words, told)
        if shown.code:
            assert re.search("^redun: error: ", told, re.MULTILINE), (words, told)
        assert "\x1b" not in told + shown.text, words
