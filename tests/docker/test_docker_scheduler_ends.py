"""What becomes of containers when the scheduler is stopped or killed: they go with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from services.engine import Engine

PROGRAM = """
from redun import Scheduler, task
from redun.config import load_config

redun_namespace = "ends"

@task(script=True, executor="docker")
def sh(command, number):
    return command

if __name__ == "__main__":
    with Scheduler(load_config(".redun")) as scheduler:
        print(scheduler.run([sh("sleep SECONDS", number) for number in range(3)]))
"""


def running(engine: Engine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(engine.request("GET", "/v1.40/containers/json")[1])
    return found


def wait_for(condition: Callable[[], Any], seconds: float = 90) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def guardians(engine: Engine) -> list[int]:
    """Return the processes that look after containers of an engine."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"redun_executor_docker/guardian.py" in command and engine.host.encode() in command:
            found.append(int(folder.name))
    return found


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, stderr = process.communicate(timeout=60)
    return process.returncode, stderr


@pytest.mark.parametrize("engine", ["docker", pytest.param("podman", marks=pytest.mark.slow)], indirect=True)
def test_a_killed_scheduler_leaves_nothing(engine: Engine, start_program: Any, names: Any) -> None:
    process = start_program(PROGRAM.replace("SECONDS", "300"))
    wait_for(lambda: len(running(engine)) == 3)
    process.kill()
    wait_for(lambda: names() == [])
    wait_for(lambda: not guardians(engine))


def test_what_a_guardian_did_not_remove_the_next_scheduler_does(
    engine: Engine, start_program: Any, names: Any
) -> None:
    process = start_program(PROGRAM.replace("SECONDS", "300"))
    wait_for(lambda: len(running(engine)) == 3)
    for pid in guardians(engine):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.wait()
    time.sleep(1)
    left = names()
    assert len(left) == 3
    start_program(PROGRAM.replace("SECONDS", "0")).communicate(timeout=60)
    wait_for(lambda: not set(left) & set(names()))


@pytest.mark.slow
def test_one_interrupt_lets_them_finish_and_two_end_them(
    engine: Engine, start_program: Any, names: Any
) -> None:
    process = start_program(PROGRAM.replace("SECONDS", "8"), max_workers=2)
    wait_for(lambda: len(running(engine)) == 2)
    process.send_signal(signal.SIGINT)
    code, _ = end_of(process)
    assert code != 0
    assert names() == []

    process = start_program(PROGRAM.replace("SECONDS", "301"))
    wait_for(lambda: len(running(engine)) == 3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert len(running(engine)) == 3
    process.send_signal(signal.SIGINT)
    end_of(process)
    assert time.monotonic() - began < 20
    wait_for(lambda: names() == [])
    wait_for(lambda: not guardians(engine))
