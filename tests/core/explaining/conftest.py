"""A workflow that is edited and run again, and asked why."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, get_task_registry
from redun.hashing.code import default_hasher
from redun.recorder.explaining import Cause, Explanation, explain_execution, explain_job
from redun.recorder.reader import Reader

MODULES = ("edited_flow", "edited_tools")


class Workflow:
    """Runs each version of a workflow from a folder of its own, so that no compiled file can be stale."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.scheduler = Scheduler()
        self._monkeypatch = monkeypatch
        self._versions = 0

    def load(self, flow: str, tools: str = "") -> Any:
        """Import the modules anew."""
        self._versions += 1
        folder = self.folder / f"version{self._versions}"
        folder.mkdir()
        header = (
            "from redun import *\nfrom redun import task\nimport edited_tools\nredun_namespace = 'flow'\n"
        )
        (folder / "edited_tools.py").write_text(textwrap.dedent(tools))
        (folder / "edited_flow.py").write_text(header + textwrap.dedent(flow))
        self.forget()
        self._monkeypatch.syspath_prepend(str(folder))
        return importlib.import_module("edited_flow")

    def forget(self) -> None:
        for name in MODULES:
            sys.modules.pop(name, None)
        default_hasher().forget()
        importlib.invalidate_caches()

    def run(self, flow: str, tools: str = "", *arguments: Any, **options: Any) -> Any:
        """Run `main` of the workflow; what it raises is returned."""
        main = self.load(flow, tools).main
        try:
            return self.scheduler.run(main(*arguments), **options)
        except ZeroDivisionError as error:
            return error

    @property
    def reader(self) -> Reader:
        self.scheduler.recorder.flush()
        return self.scheduler.recorder.reader  # type: ignore[attr-defined,no-any-return]

    def explanations(self, task: str, back: int = 0) -> list[Explanation]:
        """Return the explanations of the jobs of a task in the last execution."""
        execution = self.reader.executions(1, back)[0]
        jobs = [job for job in self.reader.jobs(execution.key) if job.task == f"flow.{task}"]
        return [explain_job(self.reader, job) for job in jobs]

    def causes(self, task: str) -> tuple[Cause, ...]:
        """Return the causes of the only job of a task in the last execution."""
        (explanation,) = self.explanations(task)
        return explanation.causes

    def groups(self, task: str | None = None) -> list[Any]:
        """Return why the last execution ran its jobs."""
        return explain_execution(self.reader, self.reader.executions(1)[0].key, task)


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    made = Workflow(tmp_path, monkeypatch)
    yield made
    made.scheduler.close()
    made.forget()
    registry = get_task_registry()
    for task in list(registry):
        if task.namespace == "flow":
            del registry._tasks[task.fullname]
