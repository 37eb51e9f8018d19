"""Runs parity cases with whichever redun is installed, and prints what was observed as JSON.

Each run is a forked process, like each command of a user: no task, value or scheduler outlives it. Importing redun
0.44 takes seconds, and is done once.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import pkgutil
import re
import runpy
import shlex
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import redun
from case import Append, Case, Cli, Edit, Remove, Run, Touch, Write  # type: ignore[import-not-found]
from redun import File, Scheduler
from redun.config import Config

HERE = Path(__file__).parent
OLD = redun.__version__.startswith("0.")
_EVENT = re.compile(r"(?:\[redun\] )?(Run|Cached) +Job \S+ +([\w.]+)\(")


def load_cases() -> list[Case]:
    """Return the cases of all files in `cases/`."""
    found: list[Case] = []
    for module in sorted(HERE.joinpath("cases").glob("*.py")):
        found += runpy.run_path(str(module))["CASES"]
    names = [case.name for case in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SystemExit(f"Cases of one name: {sorted(twice)}")
    return found


def plain(value: Any) -> Any:
    """Return a value as JSON that reads alike for equal values of either implementation."""
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [plain(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {type(value).__name__: sorted(repr(item) for item in value)}
    if isinstance(value, dict):
        return {"dict": [[plain(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, File):
        return {type(value).__name__: value.path}
    if isinstance(value, BaseException):
        return {"error": error_of(value)}
    if type(value).__module__.startswith("redun"):
        return {"redun": type(value).__name__}
    return repr(value)


def error_of(error: BaseException) -> str:
    """Return an error's class; texts are each implementation's own."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if not kind.__module__.startswith("redun")]
    return kinds[0]


class Jobs(logging.Handler):
    """Which tasks ran and which were replayed."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[str] = []
        self.cached: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        for line in record.getMessage().splitlines():
            event = _EVENT.match(line)
            if event:
                self.note(event[1] == "Run", event[2])

    def note(self, ran: bool, task: str) -> None:
        if task.startswith("wf."):
            (self.ran if ran else self.cached).append(task.removeprefix("wf."))

    # The observer of ours.

    def execution_started(self, execution: Any) -> None:
        pass

    def execution_finished(self, execution: Any) -> None:
        pass

    def jobs(self, transitions: Any) -> None:
        for job, status in transitions:
            if status.name in ("RUNNING", "CACHED"):
                self.note(status.name == "RUNNING", job.task_name)


def run(step: Run, folder: str) -> dict[str, Any]:
    """Evaluate an expression and tell what happened."""
    jobs = Jobs()
    config = Config({"backend": {"db_uri": f"sqlite:///{folder}/redun.db"}, **step.config})
    if OLD:
        scheduler = Scheduler(config=config)
        scheduler.load()
        scheduler.logger.addHandler(jobs)
        scheduler.logger.setLevel(logging.INFO)
    else:
        scheduler = Scheduler(config, observers=[jobs])
    seen: dict[str, Any] = {}
    try:
        module = runpy_module(folder)
        expr = eval(step.expr, module)
        seen["value"] = plain(scheduler.run(expr, **step.options))
    except BaseException as error:
        seen["error"] = error_of(error)
        seen["text"] = "".join(traceback.format_exception_only(error)).strip()[-300:]
    seen["ran"] = sorted(jobs.ran)
    seen["cached"] = sorted(set(jobs.cached) - set(jobs.ran))
    return seen


def runpy_module(folder: str) -> dict[str, Any]:
    """Import the workflow, as a module that processes and pickles can find."""
    sys.path.insert(0, folder)
    import importlib

    return vars(importlib.import_module("wf"))


def command(step: Cli, folder: str) -> dict[str, Any]:
    """Run the command and tell its exit code and standard output."""
    words = shlex.split(step.words)
    out = os.path.join(folder, ".stdout")
    sys.stdout.flush()
    saved = os.dup(1)
    target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    sys.argv = ["redun", *words]
    try:
        # Ours returns what the console script exits with.
        code: Any = pkgutil.resolve_name("redun.cli:main" if OLD else "redun_cli.main:main")()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os.dup2(saved, 1)
    return {
        "exit": 0 if code is None else code if isinstance(code, int) else 1,
        "stdout": Path(out).read_text(),
    }


def in_child(action: Any, step: Any, folder: str) -> dict[str, Any]:
    """Do something in a forked process and return what it tells."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(read)
            os.chdir(folder)
            log = os.open(os.path.join(folder, ".stderr"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 2)
            with os.fdopen(write, "w") as pipe:
                json.dump(action(step, folder), pipe)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    if told:
        seen: dict[str, Any] = json.loads(told)
        return seen
    return {"died": Path(folder, ".stderr").read_text()[-2000:]}


def play(case: Case) -> list[dict[str, Any]]:
    """Take the steps of a case; return what was observed at each run."""
    observed = []
    with tempfile.TemporaryDirectory() as folder:
        workflow = Path(folder, "wf.py")
        workflow.write_text(case.source)
        for step in case.steps:
            if isinstance(step, Run):
                observed.append(in_child(run, step, folder))
            elif isinstance(step, Cli):
                observed.append(in_child(command, step, folder))
            elif isinstance(step, Edit):
                text = workflow.read_text()
                if step.old not in text:
                    raise SystemExit(f"Case {case.name}: {step.old!r} is not in the workflow.")
                workflow.write_text(text.replace(step.old, step.new))
            else:
                change(step, Path(folder, step.path))
    return observed


def change(step: Write | Append | Touch | Remove, path: Path) -> None:
    """Change a file."""
    if isinstance(step, Write):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text)
    elif isinstance(step, Append):
        path.write_text(path.read_text() + step.text)
    elif isinstance(step, Touch):
        now = path.stat().st_mtime + 10
        os.utime(path, (now, now))
    else:
        path.unlink()


def import_once() -> None:
    """Import what runs and commands will, before the first fork."""
    if OLD:
        pkgutil.resolve_name("redun.cli:main")
    else:
        runpy.run_path(str(HERE.parents[1] / "tools" / "warm.py"))["preload"]()
    gc.collect()
    gc.freeze()


def main() -> None:
    """Print the observations of all cases, or of those named."""
    wanted = set(sys.argv[1:])
    os.environ.pop("REDUN_CONFIG", None)
    sys.dont_write_bytecode = True
    import_once()
    for case in load_cases():
        if not wanted or case.name in wanted:
            print(json.dumps([case.name, play(case)]), flush=True)


if __name__ == "__main__":
    main()
