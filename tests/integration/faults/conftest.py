"""Projects whose runs are disturbed: the real command, the traces that task bodies leave, and what must hold after."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
import warm
from redun.errors import UnreadableValueError
from redun.hashing import keys
from redun.hashing.values import hash_value
from redun.recorder.batch import ValueFlag
from redun.recorder.value_store import FolderValueStore
from redun.value.seal import unseal

REDUN = Path(sys.executable).with_name("redun")
PATIENCE_S = 60.0
"""How long to wait for what must happen; far longer than it takes on a busy machine."""

PRELUDE = """
import os, pathlib, signal, subprocess, sys, time
from redun import Dir, File, task

redun_namespace = "faults"

def note(word, key):
    # One write to a file opened for appending is whole, whoever else writes and whenever we are killed.
    descriptor = os.open("bodies.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{word} {key}\\n".encode())
    os.close(descriptor)
"""


@attrs.frozen
class Run:
    """A finished run of the command."""

    code: int
    stdout: str
    stderr: str

    def jobs(self, word: str) -> list[str]:
        """Return the calls of the lines that begin with `Run`, `Cached` or `Failed`."""
        found = []
        for line in self.stderr.splitlines():
            words = line.split(None, 4)
            if words[:1] == ["[redun]"] and words[1:3] == [word, "Job"]:
                found.append(words[4])
        return found

    def ran(self) -> list[str]:
        return self.jobs("Run")

    def cached(self) -> list[str]:
        return self.jobs("Cached")


class Project:
    """A folder with a workflow, and the command run there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []
        self.environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("REDUN", "COLUMNS"))
        }
        # Python runs what it compiled before an edit of the same second that leaves the size as it was.
        self.environ["PYTHONDONTWRITEBYTECODE"] = "1"

    @property
    def database(self) -> Path:
        return self.folder / ".redun" / "redun.db"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def workflow(self, text: str, name: str = "wf.py") -> None:
        """Write a workflow, with `note` and the usual imports before it."""
        self.write(name, PRELUDE + textwrap.dedent(text))

    def start(self, *words: str, prefix: tuple[str, ...] = (), **options: Any) -> subprocess.Popen[str]:
        process = warm.Popen(
            [*prefix, REDUN, *words],
            cwd=options.pop("cwd", self.folder),
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.started.append(process)
        return process

    def finish(self, process: subprocess.Popen[str], *, kill_after: float | None = None) -> Run:
        """Wait for the end of a run, or kill it; no traceback of ours may show, whatever happens."""
        try:
            stdout, stderr = process.communicate(timeout=kill_after or PATIENCE_S * 2)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate(timeout=PATIENCE_S)
            assert kill_after is not None, stderr
        assert "redun_cli" not in stderr, stderr
        assert "site-packages" not in stderr, stderr
        assert "Exception ignored" not in stderr, stderr
        return Run(process.returncode, stdout, stderr)

    def hear(self, process: subprocess.Popen[str], text: str) -> str:
        """Wait until a run says something on stderr, and return that line."""
        assert process.stderr is not None
        for line in process.stderr:
            if text in line:
                return line
        raise AssertionError(f"it ended without saying {text!r}")

    def redun(self, *words: str, code: int = 0) -> Run:
        """Run the command to its end."""
        run = self.finish(self.start(*words))
        assert run.code == code, f"exit code {run.code}\n{run.stdout[:2000]}\n{run.stderr[-4000:]}"
        return run

    def bodies(self, word: str = "start") -> list[str]:
        """Return the keys of the bodies that were begun (or ended), in order."""
        path = self.folder / "bodies.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split(" ", 1)[1] for line in lines if line.startswith(word + " ")]

    def await_bodies(self, process: subprocess.Popen[str], *keys: str, word: str = "start") -> None:
        """Return when these bodies have begun."""

        def begun() -> bool:
            assert process.poll() is None, process.communicate()
            return set(keys) <= set(self.bodies(word))

        self.await_that(begun, f"bodies {keys} in {self.folder}")

    @staticmethod
    def await_that(condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def has_tables(self) -> bool:
        """Tell whether the record was begun; a run may have been killed before."""
        if not self.database.exists():
            return False
        return self.rows("SELECT count(*) FROM sqlite_master WHERE name = 'execution'") == [(1,)]

    def has_execution(self) -> bool:
        return self.has_tables() and self.rows("SELECT count(*) FROM execution") != [(0,)]

    def recorded_keys(self) -> set[str]:
        """Return the argument `key` of every call whose result is recorded."""
        if not self.has_tables():
            return set()
        rows = self.rows(
            "SELECT v.preview FROM evaluation e JOIN argument a USING (eval_hash)"
            " JOIN value v ON v.hash = a.value_hash WHERE a.name = 'key'"
        )
        return {preview.strip("'") for (preview,) in rows}

    def log(self, *words: str) -> list[dict[str, Any]]:
        """Return what `redun log` says, a record per line."""
        lines = self.redun("log", *words, "--limit", "0", "--format", "json").stdout.splitlines()
        return [json.loads(line) for line in lines]

    def processes(self) -> dict[int, str]:
        """Return the processes that work in the project's folder: the command and all that its tasks started."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if Path(os.readlink(path / "cwd")) == self.folder:
                    state = (path / "stat").read_text().rpartition(")")[2].split()[0]
                    if state not in "ZX":
                        found[int(path.name)] = (path / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return found

    def assert_no_process_left(self, within: float = 5.0) -> None:
        """I5."""
        deadline = time.monotonic() + within
        while (alive := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert alive == {}

    def assert_record_sound(self) -> None:
        """I4: the database's own checks, references between tables, hashes of calls, digests of payloads."""
        if not self.has_tables():
            return
        with closing(sqlite3.connect(self.database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            # What foreign keys cannot say.
            for orphans in (
                "job WHERE status IN (1, 2) AND (call_hash IS NULL OR call_hash NOT IN (SELECT hash FROM call_node))",
                "evaluation WHERE eval_hash NOT IN (SELECT eval_hash FROM job)",
                "job WHERE parent NOT IN (SELECT number FROM job AS other WHERE other.execution = job.execution)",
            ):
                assert connection.execute(f"SELECT * FROM {orphans}").fetchall() == []
            arguments, children = defaultdict(list), defaultdict(list)
            for eval_hash, name, value in connection.execute(
                "SELECT eval_hash, name, value_hash FROM argument ORDER BY eval_hash, position"
            ):
                arguments[eval_hash].append((name, value))
            for parent, child in connection.execute("SELECT parent, child FROM call_edge"):
                children[parent].append(child)
            # Beside tasks, a set of tasks may hold what else a call depends on: its context, or chance.
            guards = defaultdict(list)
            for tasks, guard in connection.execute(
                "SELECT hash, task_hash FROM task_set WHERE task_hash NOT IN (SELECT hash FROM task)"
            ):
                guards[tasks].append(guard)
            for call, key, value, task, tasks in connection.execute(
                "SELECT c.hash, eval_hash, value_hash, t.hash, task_set FROM call_node c JOIN task t ON t.key = c.task"
            ):
                assert call == keys.call_hash(key, value, [*children[call], *guards[tasks]])
                names, hashes = zip(*arguments[key], strict=True) if arguments[key] else ((), ())
                assert key == keys.eval_hash(task, names, hashes)
            values = connection.execute("SELECT hash, format, flags, blob, store FROM value").fetchall()
        store = FolderValueStore(self.database.parent / "values")
        for hash_, value_format, flags, blob, address in values:
            assert (blob is None) != (address is None)
            payload = blob
            if address is not None:
                assert address.replace("/", "") == hash_.hex()
                payload = store.get(address)  # verifies its own digest
            if flags & ValueFlag.LAZY:
                continue  # the workflow's tasks are not defined here
            try:
                value = unseal(payload, value_format)
            except UnreadableValueError as error:
                # Nor are its classes.
                assert "No module named 'wf'" in str(error)  # noqa: PT017
            else:
                assert flags != ValueFlag.PLAIN or hash_value(value) == hash_

    def assert_no_running_rows(self) -> None:
        assert self.rows("SELECT key FROM execution WHERE status = 0") == []
        assert self.rows("SELECT execution, number FROM job WHERE status = 0") == []


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[[str], Project]]:
    projects: list[Project] = []

    def make(name: str = "project") -> Project:
        folder = tmp_path / name
        folder.mkdir()
        projects.append(Project(folder))
        return projects[-1]

    yield make
    for project in projects:
        for process in project.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        for pid in project.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def project(make_project: Callable[[str], Project]) -> Project:
    return make_project("project")
