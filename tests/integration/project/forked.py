"""Runs a project's workflow in a process of its own, as a command does, and without what starting Python costs."""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import warm
from redun import Scheduler
from redun.config import Config


class Ran:
    """Observes which tasks ran."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def execution_started(self, execution: Any) -> None:
        pass

    def execution_finished(self, execution: Any) -> None:
        pass

    def jobs(self, transitions: Any) -> None:
        self.names += [job.task_name for job, status in transitions if status.name == "RUNNING"]


def run(folder: Path, database: str, expr: str) -> tuple[Any, list[str]]:
    """Return the value of an expression in the project's module `wf`, as JSON reads it, and the tasks that ran."""
    _preload()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            with os.fdopen(write, "w") as pipe:
                json.dump(_evaluate(folder, database, expr), pipe)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    value, names = json.loads(told)
    return value, names


_preload = functools.cache(warm.preload)
"""What a run imports is imported before the first fork, once for all."""


def _evaluate(folder: Path, database: str, expr: str) -> tuple[Any, list[str]]:
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    module = importlib.import_module("wf")
    observer = Ran()
    config = Config({"backend": {"db_uri": f"sqlite:///{database}"}})
    with Scheduler(config, observers=[observer]) as scheduler:
        value = scheduler.run(eval(expr, vars(module)))
    return value, observer.names
