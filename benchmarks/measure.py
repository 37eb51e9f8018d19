"""Runs a program and says what it cost: CPU time and memory of its whole process tree."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

__all__ = ["Cost", "ProgramFailed", "measure"]

# What the machine at hand happens to set is no part of what is compared.
FOREIGN = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV")


class ProgramFailed(Exception):
    """A measured program ended with an error; the message is the last line that it wrote."""


@dataclass(frozen=True)
class Cost:
    """What a run took.

    Attributes
    ----------
    cpu : float
        Seconds of user and system time, those of child processes included.
    wall : float
        Seconds.
    peak : int
        Largest resident size of one of the processes, in bytes.
    facts : dict
        What the program itself reported.
    """

    cpu: float
    wall: float
    peak: int
    facts: dict[str, Any]


def measure(command: Sequence[str | Path], folder: Path, timeout: float = 3600) -> Cost:
    """Run a command in a folder; its last line of output, if a JSON object, becomes the facts.

    Raises
    ------
    ProgramFailed
        It ended with another exit code than 0, or was stopped after `timeout` seconds.
    """
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=errors)
        clock = threading.Timer(timeout, process.kill)
        clock.start()
        try:
            # Popen.wait would throw away what the kernel counted.
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            clock.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        if process.returncode:
            raise ProgramFailed(last_line(errors) or f"exit code {process.returncode}")
        return Cost(
            usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, read_facts(last_line(output))
        )


def last_line(stream: IO[str]) -> str:
    """Return the last line that is not blank, or an empty string."""
    stream.seek(0)
    lines = [line.strip() for line in stream if line.strip()]
    return lines[-1] if lines else ""


def read_facts(line: str) -> dict[str, Any]:
    """Return the JSON object that a line holds, or nothing."""
    return json.loads(line) if line.startswith("{") else {}
