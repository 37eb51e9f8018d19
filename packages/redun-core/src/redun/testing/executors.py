"""The suite that every executor must pass.

Floor: composition.
"""

from __future__ import annotations

import os
import sqlite3
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from redun.config import Config
from redun.errors import (
    ExecutionInterrupted,
    ExecutorError,
    JobLostError,
    JobTimeoutError,
    ScriptError,
    UnserializableValueError,
)
from redun.file import File
from redun.session import Scheduler
from redun.testing import workflows
from redun.testing.conformance import Conformance

__all__ = ["ExecutorConformance"]

NAME = "tested"


class ExecutorConformance(Conformance):
    """What an executor owes to workflows. Subclass it in a test module and say how the executor is configured.

    Attributes
    ----------
    own_process : bool
        Bodies run in other processes than the scheduler: one that crashes takes nobody along.
    ends_bodies : bool
        A body whose time is up is ended.
    project_code : bool
        Code of the project that is not installed reaches the body.
    scripts : bool
        It runs script tasks.
    patience_s : float
        Seconds within which a small job comes back, start-up included; the time of a test is a few times this.

    Examples
    --------
    .. code-block:: python

        from redun.testing import ExecutorConformance


        class TestClusterExecutor(ExecutorConformance):
            own_process = True

            @pytest.fixture
            def section(self, tmp_path):
                return {"type": "cluster", "scratch": str(tmp_path / "scratch")}
    """

    own_process: ClassVar[bool] = True
    ends_bodies: ClassVar[bool] = True
    project_code: ClassVar[bool] = True
    scripts: ClassVar[bool] = True
    patience_s: ClassVar[float] = 30.0

    # What a subclass supplies.

    @pytest.fixture
    def section(self) -> Mapping[str, Any]:
        """Return the options of the section `[executors.…]`, `type` among them."""
        raise NotImplementedError("Give your subclass a fixture `section`: the executor's configuration.")

    @pytest.fixture
    def workspace(self, tmp_path: Path) -> str:
        """Return an empty folder, as path or URL, that test and body both reach."""
        folder = tmp_path / "workspace"
        folder.mkdir()
        return str(folder)

    # How it is run.

    @pytest.fixture
    def project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return the folder of a project, the current one."""
        folder = tmp_path / "project"
        (folder / ".redun").mkdir(parents=True)
        monkeypatch.chdir(folder)
        return folder

    @pytest.fixture
    def open_scheduler(self, project: Path, section: Mapping[str, Any]) -> Callable[[], Scheduler]:
        """Return a function that makes schedulers with one record."""

        def make() -> Scheduler:
            config = Config(configdir=project / ".redun")
            config.read_dict(
                {
                    "backend": {"db_uri": "sqlite:///redun.db"},
                    f"executors.{NAME}": {key: str(value) for key, value in section.items()},
                }
            )
            return Scheduler(config)

        return make

    @pytest.fixture
    def scheduler(self, open_scheduler: Callable[[], Scheduler]) -> Iterator[Scheduler]:
        """Return a scheduler with the executor under test."""
        with open_scheduler() as made:
            yield made

    # Results.

    def test_values_come_and_go(self, scheduler: Scheduler) -> None:
        pair = (["ä", None, {"x": 1.5, 2: b"\0"}], frozenset({1, 2}))
        first, second, third, fourth = scheduler.run(
            [
                _on(workflows.add)(1),
                _on(workflows.add)(b=3, a=4),
                _on(workflows.swap)(pair),
                _on(workflows.spell)("one", "two", name="three"),
            ]
        )
        assert (first, second, third) == (11, 7, (pair[1], pair[0]))
        assert fourth == "one two name=three"

    def test_many_jobs_come_back_once_each(self, scheduler: Scheduler) -> None:
        assert scheduler.run([_on(workflows.add)(number, 1) for number in range(24)]) == list(range(1, 25))

    def test_large_values(self, scheduler: Scheduler) -> None:
        size = 6 << 20
        made = _on(workflows.make_bytes)(size)
        data, count = scheduler.run([made, _on(workflows.count_bytes)(made)])
        assert (len(data), count) == (size, size - size // 256)
        assert data[:300] == bytes(range(256)) + bytes(range(44))

    def test_a_body_returns_calls(self, scheduler: Scheduler) -> None:
        assert scheduler.run(_on(workflows.nested)(3)) == 3

    def test_context(self, scheduler: Scheduler) -> None:
        call = _on(workflows.read_context)("a")
        assert scheduler.run(call, context={"animal": {"name": "cat"}}) == "cat"

    def test_results_are_replayed(self, open_scheduler: Callable[[], Scheduler]) -> None:
        for _ in range(2):
            with open_scheduler() as scheduler:
                assert scheduler.run(_on(workflows.describe)())["python"]
        assert _jobs("describe") == [("describe", 1, NAME), ("describe", 2, None)]

    def test_it_is_used_again_after_a_session(self, open_scheduler: Callable[[], Scheduler]) -> None:
        with open_scheduler() as scheduler:
            assert scheduler.run(_on(workflows.add)(1)) == 11
            assert scheduler.run(_on(workflows.add)(2)) == 12
        with open_scheduler() as scheduler:
            assert scheduler.run(_on(workflows.add)(3)) == 13

    def test_where_a_body_runs(self, scheduler: Scheduler) -> None:
        if not self.own_process:
            pytest.skip("bodies run in the process of the scheduler")
        assert scheduler.run(_on(workflows.describe)())["pid"] != os.getpid()

    def test_code_of_the_project_comes_along_and_is_shown(
        self, scheduler: Scheduler, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not self.project_code:
            pytest.skip("only installed code is found")
        name = f"own_{project.parent.name}".replace("-", "_")
        folder = project / f"{name}_helpers"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "sums.py").write_text("def double(x):\n    return 2 * x\n")
        (project / f"{name}.py").write_text(
            textwrap.dedent(
                f"""
                from redun import task
                from {name}_helpers.sums import double

                @task(namespace="own", executor="{NAME}")
                def twice(x):
                    return double(x)

                @task(namespace="own", executor="{NAME}")
                def break_(x):
                    raise LookupError(f"{{x}} is nowhere")
                """
            )
        )
        monkeypatch.syspath_prepend(project)
        module = __import__(name)
        assert scheduler.run(module.twice(21)) == 42
        with pytest.raises(LookupError, match="3 is nowhere"):
            scheduler.run(module.break_(3))
        assert scheduler.failure is not None
        assert 'raise LookupError(f"{x} is nowhere")' in scheduler.failure.traceback

    # Files.

    def test_files(self, open_scheduler: Callable[[], Scheduler], workspace: str) -> None:
        path = f"{workspace}/lines.txt"
        counted = _on(workflows.line_count)(_on(workflows.write)(path, "a\nb\n"))
        for _ in range(2):
            with open_scheduler() as scheduler:
                assert scheduler.run(counted) == 2
        assert _jobs("write") == [("write", 1, NAME), ("write", 2, None)]
        File(path).write("changed")
        with open_scheduler() as scheduler:
            assert scheduler.run(counted) == 2
        assert _jobs("write")[-1] == ("write", 1, NAME)
        assert File(path).read() == "a\nb\n"

    def test_folders(self, scheduler: Scheduler, workspace: str) -> None:
        folder = scheduler.run(_on(workflows.write_all)(f"{workspace}/folder", 3))
        assert sorted(file.basename() for file in folder) == ["0.txt", "1.txt", "2.txt"]
        assert folder.is_valid()

    # Failures.

    def test_errors_are_those_of_the_body(self, scheduler: Scheduler) -> None:
        with pytest.raises(workflows.Complaint, match="abc has complained 3 times") as caught:
            scheduler.run(_on(workflows.fail)("abc"))
        assert (caught.value.name, caught.value.number) == ("abc", 3)
        assert scheduler.failure is not None
        assert "invalid literal for int()" in scheduler.failure.traceback

    def test_errors_that_cannot_travel_are_told(self, scheduler: Scheduler) -> None:
        with pytest.raises(Exception, match="the reason is told"):
            scheduler.run(_on(workflows.raise_unpicklable)())

    def test_results_that_cannot_be_kept(self, scheduler: Scheduler) -> None:
        with pytest.raises(UnserializableValueError, match=r"give_unpicklable.*stays where it is"):
            scheduler.run(_on(workflows.give_unpicklable)())
        assert scheduler.run(_on(workflows.add)(1)) == 11

    def test_a_body_that_exits(self, scheduler: Scheduler) -> None:
        with pytest.raises(Exception, match="SystemExit"):
            scheduler.run(_on(workflows.leave)(3))
        assert scheduler.run(_on(workflows.add)(1)) == 11

    def test_memory(self, scheduler: Scheduler) -> None:
        with pytest.raises(MemoryError):
            scheduler.run(_on(workflows.allocate, retries=1, retry_on="lost")())
        with pytest.raises(MemoryError):
            scheduler.run(_on(workflows.allocate, retries=1, retry_on="memory")())
        assert _attempts("allocate") == ["memory", "memory"]

    def test_a_body_that_crashes_takes_nobody_along(self, scheduler: Scheduler) -> None:
        if not self.own_process:
            pytest.skip("bodies run in the process of the scheduler")
        calls = [
            _on(workflows.add)(1),
            _on(workflows.crash)(9),
            *(_on(workflows.add)(number) for number in range(6)),
        ]
        with pytest.raises(ExecutorError) as caught:
            scheduler.run(calls, keep_going=True)
        assert isinstance(caught.value, JobLostError)
        states = _states()
        assert states["crash"] == [3]
        assert states["add"] == [1] * 6
        assert scheduler.run(_on(workflows.add)(100)) == 110

    def test_what_is_lost_is_tried_again(self, scheduler: Scheduler, workspace: str) -> None:
        if not self.own_process:
            pytest.skip("bodies run in the process of the scheduler")
        call = _on(workflows.falter, retries=1, retry_on="lost")(workspace)
        assert scheduler.run(call) == "recovered"
        assert _attempts("falter") == ["lost", ""]

    def test_what_failed_is_tried_again(self, scheduler: Scheduler, workspace: str) -> None:
        assert scheduler.run(_on(workflows.fail_first, retries=1)(workspace)) == "recovered"
        assert _attempts("fail_first") == ["error", ""]

    def test_timeout(self, scheduler: Scheduler, workspace: str) -> None:
        began = time.monotonic()
        limit = 1.0 if self.patience_s <= 30 else self.patience_s / 4
        seconds = limit + self.patience_s
        with pytest.raises(JobTimeoutError, match="timeout"):
            scheduler.run(_on(workflows.keep_writing, timeout=limit)(workspace, seconds))
        assert time.monotonic() - began < seconds
        assert scheduler.run(_on(workflows.add)(1)) == 11
        if self.ends_bodies:
            _wait_for_the_last_file(workspace, within_s=seconds)
            assert not File(f"{workspace}/ended").exists()

    # Output.

    def test_what_a_body_prints_is_recorded(self, scheduler: Scheduler) -> None:
        scheduler.run(_on(workflows.announce)("hello"))
        stdout, stderr, log = _printed("announce")
        assert "hello to stdout" in stdout
        assert "hello to stderr" in stderr
        assert "hello to the log" in log
        if self.own_process:
            assert "hello from echo" in stdout

    # Scripts.

    def test_scripts(self, scheduler: Scheduler) -> None:
        if not self.scripts:
            pytest.skip("it runs no scripts")
        run = _on(workflows.run_script)
        assert scheduler.run(run("echo one; echo two >&2")) == b"one\n"
        with pytest.raises(ScriptError) as caught:
            scheduler.run(run("echo before; echo 'it broke' >&2; exit 3"))
        assert caught.value.returncode == 3
        assert "it broke" in str(caught.value)

    def test_a_script_whose_time_is_up(self, scheduler: Scheduler, workspace: str) -> None:
        if not self.scripts:
            pytest.skip("it runs no scripts")
        limit = 1.0 if self.patience_s <= 30 else self.patience_s / 4
        began = time.monotonic()
        with pytest.raises(JobTimeoutError):
            scheduler.run(_on(workflows.run_script, timeout=limit)(f"sleep {self.patience_s + 17}"))
        assert time.monotonic() - began < self.patience_s + 10

    # The end.

    def test_an_interrupted_run_ends(self, scheduler: Scheduler, workspace: str) -> None:
        calls = [_on(workflows.linger)(f"{workspace}/{number}", 1.0) for number in range(12)]
        timer = threading.Timer(1.0, scheduler.interrupt, [2])
        timer.start()
        try:
            with pytest.raises(ExecutionInterrupted):
                scheduler.run(calls)
        finally:
            timer.cancel()
        assert scheduler.run(_on(workflows.add)(1)) == 11

    def test_an_interrupted_run_ends_at_once(self, scheduler: Scheduler, workspace: str) -> None:
        timer = threading.Timer(1.0, scheduler.interrupt, [2], {"wait": False})
        timer.start()
        began = time.monotonic()
        try:
            with pytest.raises(ExecutionInterrupted):
                scheduler.run(_on(workflows.linger)(workspace, self.patience_s + 30))
        finally:
            timer.cancel()
        assert time.monotonic() - began < self.patience_s + 10

    def test_nothing_is_left(self, open_scheduler: Callable[[], Scheduler]) -> None:
        before = set(threading.enumerate())
        with open_scheduler() as scheduler:
            scheduler.run(_on(workflows.add)(1))
        deadline = time.monotonic() + 10
        while (left := _ours(set(threading.enumerate()) - before)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == []


def _on(task: Any, **options: Any) -> Any:
    return task.options(executor=NAME, **options)


def _wait_for_the_last_file(folder: str, within_s: float) -> None:
    """Return when no file of `keep_writing` is added any more."""
    number = 0
    began = added = time.monotonic()
    while time.monotonic() - added < 2:
        assert time.monotonic() - began < within_s, f"the body goes on; it has written {number} files"
        time.sleep(0.1)
        while File(f"{folder}/{number}").exists():
            number += 1
            added = time.monotonic()


def _ours(threads: set[threading.Thread]) -> list[str]:
    return [thread.name for thread in threads if thread.name.startswith("redun-")]


def _query(statement: str, *arguments: Any) -> list[Any]:
    with closing(sqlite3.connect(".redun/redun.db")) as connection:
        return connection.execute(statement, arguments).fetchall()


def _jobs(name: str) -> list[tuple[str, int, str | None]]:
    """Return the jobs of a task: name, status, executor."""
    return _query(
        "SELECT task.name, status, CASE status WHEN 2 THEN NULL ELSE executor END FROM job"
        " JOIN task ON task.key = job.task WHERE task.name = ? ORDER BY execution, number",
        name,
    )


def _states() -> dict[str, list[int]]:
    """Return the states of the last execution's jobs, by task."""
    rows = _query(
        "SELECT task.name, status FROM job JOIN task ON task.key = job.task"
        " WHERE execution = (SELECT max(execution) FROM job) ORDER BY number"
    )
    states: dict[str, list[int]] = {}
    for name, status in rows:
        states.setdefault(name, []).append(status)
    return states


def _attempts(name: str) -> list[str]:
    rows = _query(
        "SELECT cause FROM attempt JOIN job USING (execution, number) JOIN task ON task.key = job.task"
        " WHERE task.name = ? ORDER BY execution, number, attempt",
        name,
    )
    return [cause for (cause,) in rows]


def _printed(name: str) -> tuple[str, str, str]:
    rows = _query(
        "SELECT stream, text FROM output JOIN job USING (execution, number) JOIN task ON task.key = job.task"
        " WHERE task.name = ?",
        name,
    )
    texts = dict(rows)
    return texts.get(1, ""), texts.get(2, ""), texts.get(3, "")
