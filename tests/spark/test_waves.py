"""Calls on the workers of Spark: whatever becomes of one, the others come back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from threading import Thread
from time import monotonic, sleep
from types import ModuleType
from typing import Any

import pytest
from redun import Scheduler, catch, task
from redun.config import Config
from redun.errors import (
    ConfigError,
    ExecutionInterrupted,
    ExecutorError,
    JobLostError,
    JobTimeoutError,
    UnknownTaskError,
    UnserializableValueError,
)
from redun.executors.descendants import alive
from redun.executors.packaging.private import private_folder
from redun.testing.workflows import Unpicklable

FLOW = """
    import os, signal, subprocess, time
    from redun import task

    redun_namespace = "waves"


    @task(executor="spark")
    def square(number: int) -> int:
        return number * number


    @task(executor="spark")
    def doing(what: str, place: str) -> str:
        with open(f"{place}/{what}", "a") as file:
            file.write(".")
        if what == "wait":
            with open(f"{place}/pids", "w") as file:
                sleeping = subprocess.Popen(["sleep", "600"])
                file.write(f"{os.getpid()} {sleeping.pid}\\n")
            sleeping.wait()
        if what == "exit":
            os._exit(3)
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "kill Spark's worker":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(300)
        if what == "fail":
            raise KeyError("no such sample")
        if what.startswith("linger"):
            time.sleep(300)
        if what == "memory":
            raise MemoryError
        if what == "print":
            subprocess.run(["echo", "from a program"], check=True)
        return what


    @task(executor="spark", script=True)
    def shell(text: str) -> str:
        return f"echo {text}"


    @task(executor="spark")
    def join(parts: list[bytes], size: int) -> bytes:
        return b"".join(parts) + bytes(size)


    @task(executor="spark")
    def session() -> None:
        from redun_executor_spark import get_spark_session

        get_spark_session()


    @task(executor="spark")
    def pair(number: int):
        return [square(number), square(number + 1)]
"""


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A workflow in a project of its own, imported as `waves_flow`."""
    folder = tmp_path / "project"
    (folder / ".redun").mkdir(parents=True)
    (folder / "waves_flow.py").write_text(dedent(FLOW))
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield import_module("waves_flow")
    del sys.modules["waves_flow"]


@pytest.fixture
def scheduler(flow: ModuleType, spark_section: dict[str, str]) -> Iterator[Scheduler]:
    config = Config(configdir=Path(".redun").absolute())
    config.read_dict({"executors.spark": spark_section | {"mode": "worker"}})
    with Scheduler(config) as made:
        yield made


@task(namespace="waves_test")
def told(error: Exception) -> tuple[str, str]:
    """Return the class of an error and what it says."""
    return type(error).__name__, str(error)


def test_many_calls(flow: Any, scheduler: Scheduler) -> None:
    assert scheduler.run([flow.square(number) for number in range(2500)]) == [n * n for n in range(2500)]
    # Calls that a body on a worker returns.
    assert scheduler.run([flow.pair(number) for number in (1, 2)]) == [[1, 4], [4, 9]]


def test_a_call_loses_only_itself(flow: Any, scheduler: Scheduler, tmp_path: Path) -> None:
    place = str(tmp_path)
    calls: list[Any] = [
        catch(flow.doing("exit", place), JobLostError, told),
        catch(flow.doing("kill", place), JobLostError, told),
        catch(flow.doing("fail", place), KeyError, told),
        catch(flow.doing.options(timeout=1)("linger", place), JobTimeoutError, told),
        catch(flow.doing("memory", place), MemoryError, told),
        flow.doing("print", place),
        flow.shell("in a shell"),
        *[flow.square(number) for number in range(40)],
    ]
    left, killed, failed, late, memory, printed, script, *squares = scheduler.run(calls)
    assert (left[0], killed[0]) == ("JobLostError", "JobLostError")
    assert "The worker process of task waves.doing ended with exit code 3" in left[1]
    assert "waves.doing was ended by SIGKILL" in killed[1]
    assert failed == ("KeyError", "'no such sample'")
    assert late == ("JobTimeoutError", "Task waves.doing took longer than its timeout of 1 s.")
    assert memory[0] == "MemoryError"
    assert printed == "print"
    assert script == b"in a shell\n"
    assert squares == [number * number for number in range(40)]
    # Spark did not run any of them again, nor did we.
    begun = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert begun == dict.fromkeys(["exit", "kill", "fail", "linger", "memory", "print"], ".")


@pytest.mark.slow
def test_what_takes_its_whole_job_down_is_lost_alone(flow: Any, scheduler: Scheduler, tmp_path: Path) -> None:
    calls = [flow.square(number) for number in range(60)]
    poison = catch(flow.doing("kill Spark's worker", str(tmp_path)), JobLostError, told)
    lost, *squares = scheduler.run([poison, *calls])
    assert lost[0] == "JobLostError"
    assert "waves.doing" in lost[1]
    assert squares == [number * number for number in range(60)]


@pytest.mark.slow
def test_large_arguments_and_results(flow: Any, scheduler: Scheduler) -> None:
    parts = [os.urandom(3 << 20), b"small"]
    results = scheduler.run([flow.join(parts, size) for size in (0, 5 << 20)])
    assert results == [b"".join(parts), b"".join(parts) + bytes(5 << 20)]
    # By way of a folder of this process, in which nothing of it stays.
    ours = list(Path(private_folder("redun-spark")).glob(f"*-{os.getpid()}-*"))
    assert ours
    assert not [path for folder in ours for path in folder.glob("spark/*")]


def test_a_worker_that_is_used_again_runs_the_code_of_now(
    flow: Any, scheduler: Scheduler, spark_section: dict[str, str]
) -> None:
    assert scheduler.run(flow.square(3)) == 9
    path = Path("waves_flow.py")
    path.write_text(
        path.read_text().replace("number * number", "number + helped()") + "\n\nfrom helping import *\n"
    )
    Path("helping.py").write_text("def helped() -> int:\n    return 100\n")
    del sys.modules["waves_flow"]
    changed: Any = import_module("waves_flow")
    try:
        assert scheduler.run(changed.square(3)) == 103
    finally:
        del sys.modules["helping"]


def test_interrupted_calls_end_with_what_they_started(
    flow: Any, scheduler: Scheduler, tmp_path: Path
) -> None:
    pids: list[int] = []

    def interrupt() -> None:
        path = tmp_path / "pids"
        wait_for(lambda: path.exists() and path.read_text().endswith("\n"))
        pids.extend(map(int, path.read_text().split()))
        scheduler.interrupt(2)

    thread = Thread(target=interrupt)
    thread.start()
    with pytest.raises(ExecutionInterrupted):
        scheduler.run([flow.doing("wait", str(tmp_path)), *[flow.square(number) for number in range(5)]])
    thread.join()
    assert len(pids) == 2
    # Spark gives its workers two seconds.
    wait_for(lambda: not alive(pids))
    assert scheduler.run(flow.square(12)) == 144


def test_what_partitions_had_done_outlives_an_interruption(
    flow: Any, scheduler: Scheduler, tmp_path: Path
) -> None:
    def interrupt() -> None:
        # The second calls of two partitions: the first ones have ended, and their partitions have not.
        wait_for(lambda: all((tmp_path / f"linger {number}").exists() for number in (1, 3)))
        scheduler.interrupt(2)

    calls = [
        flow.doing(f"linger {number}" if number % 2 else f"{number}", str(tmp_path)) for number in range(8)
    ]
    thread = Thread(target=interrupt)
    thread.start()
    with pytest.raises(ExecutionInterrupted):
        scheduler.run(calls)
    thread.join()
    assert scheduler.run([calls[0], calls[2]]) == ["0", "2"]
    assert [(tmp_path / name).read_text() for name in ("0", "2")] == [".", "."]
    folder = Path(private_folder("redun-spark"))
    wait_for(lambda: not list(folder.glob(f"*-{os.getpid()}-*/spark/*.halt")))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + 60
    while not condition():
        assert monotonic() < deadline
        sleep(0.05)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda flow: flow.session(), ExecutorError, 'no Spark session on a worker of Spark.*mode="driver"'),
        (
            lambda flow: flow.join([Unpicklable()], 1),
            UnserializableValueError,
            "Argument `parts.*` of task waves.join",
        ),
        (
            lambda flow: flow.square.options(code_includes="../*.py")(5),
            ConfigError,
            "The pattern .* must name what lies below",
        ),
        (
            lambda flow: flow.square.options(executor_memory="much")(6),
            ExecutorError,
            "waves.square.*executor_memory",
        ),
    ],
)
def test_what_cannot_run_says_why(
    flow: Any, scheduler: Scheduler, call: Callable[[Any], Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        scheduler.run(call(flow))


def test_a_task_that_no_other_process_finds(flow: Any, scheduler: Scheduler) -> None:
    @task(namespace="waves_test", name="local", executor="spark")
    def local() -> int:
        return 1

    with pytest.raises(UnknownTaskError, match="Define it at the top level of the module"):
        scheduler.run(local())
