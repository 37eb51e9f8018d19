"""Tasks that the suite for executors runs. They are installed with redun, so that a worker anywhere finds them.

Floor: composition.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from typing import Any

from redun import get_context
from redun.file import Dir, File
from redun.task.decorator import task

__all__ = [
    "Complaint",
    "add",
    "allocate",
    "announce",
    "count_bytes",
    "crash",
    "describe",
    "fail",
    "fail_first",
    "falter",
    "give_unpicklable",
    "keep_writing",
    "leave",
    "line_count",
    "linger",
    "make_bytes",
    "nested",
    "raise_unpicklable",
    "read_context",
    "run_script",
    "spell",
    "swap",
    "write",
    "write_all",
]

redun_namespace = "redun.testing"


class Complaint(Exception):
    """An error whose constructor takes something else than what it passes on."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"{name} has complained {number} times")
        self.name = name
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return Complaint, (self.name, self.number)


class Sealed(Exception):
    """An error that cannot be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("never leaves its process")


class Unpicklable:
    """A value that cannot be pickled, but hashed."""

    def __redun_digest__(self) -> bytes:
        return bytes(20)

    def __reduce__(self) -> Any:
        raise TypeError("stays where it is")


@task(version="1")
def add(a: int, b: int = 10) -> int:
    """Return a sum."""
    return a + b


@task(version="1")
def swap(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return two values in the other order."""
    first, second = pair
    return second, first


@task(version="1")
def spell(*words: str, **more: str) -> str:
    """Return words in a row."""
    return " ".join([*words, *(f"{key}={value}" for key, value in more.items())])


@task(version="1")
def make_bytes(size: int) -> bytes:
    """Return so many bytes."""
    return bytes(range(256)) * (size // 256)


@task(version="1")
def count_bytes(data: bytes) -> int:
    """Return how many bytes there are that are not zero."""
    return len(data) - data.count(0)


@task(version="1")
def nested(depth: int) -> Any:
    """Return calls, one below the other, each with the executor of this one."""
    if not depth:
        return 0
    return add.options(executor="tested")(nested.options(executor="tested")(depth - 1), 1)


@task(version="1")
def read_context(_key: str, value: Any = get_context("animal.name", "none")) -> Any:
    """Return something of the context."""
    return value


@task(version="1")
def describe() -> dict[str, Any]:
    """Return where this runs."""
    return {"pid": os.getpid(), "python": sys.version_info[:2]}


@task(version="1")
def fail(name: str) -> int:
    """Raise an error with a cause."""
    try:
        return int(name)
    except ValueError as error:
        raise Complaint(name, 3) from error


@task(version="1")
def raise_unpicklable() -> None:
    """Raise an error that cannot be pickled."""
    raise Sealed("the reason is told")


@task(version="1")
def give_unpicklable() -> Unpicklable:
    """Return what cannot be pickled."""
    return Unpicklable()


@task(version="1")
def leave(code: int) -> None:
    """Ask to end the process, as programs do."""
    sys.exit(code)


@task(version="1")
def crash(code: int) -> None:
    """End the process at once, telling nobody."""
    sys.stdout.flush()
    os._exit(code)


@task(version="1")
def allocate() -> None:
    """Find that there is no memory."""
    raise MemoryError("no memory is left")


@task(version="1")
def falter(place: str) -> str:
    """Crash the first time; what happened is known by a file."""
    file = File(f"{place}/crashed")
    if file.exists():
        return "recovered"
    file.write("once")
    os._exit(7)


@task(version="1")
def fail_first(place: str) -> str:
    """Fail the first time; what happened is known by a file."""
    file = File(f"{place}/failed")
    if file.exists():
        return "recovered"
    file.write("once")
    raise OSError("the first time it fails")


@task(version="1")
def linger(place: str, seconds: float) -> str:
    """Say that it has begun, take a time, and say that it has ended."""
    File(f"{place}/begun").write("yes")
    time.sleep(seconds)
    File(f"{place}/ended").write("yes")
    return "done"


@task(version="1")
def keep_writing(place: str, seconds: float) -> str:
    """Write a file after another for a time, and say that it has ended."""
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        File(f"{place}/{number}").write("yes")
        number += 1
        time.sleep(0.5)
    File(f"{place}/ended").write("yes")
    return "done"


@task(version="1")
def announce(text: str) -> None:
    """Print and log, also from a process of its own."""
    print(f"{text} to stdout")
    print(f"{text} to stderr", file=sys.stderr)
    logging.getLogger("conformance").warning("%s to the log", text)
    sys.stdout.flush()
    subprocess.run(["echo", f"{text} from echo"], check=True)


@task(version="1")
def write(path: str, text: str) -> File:
    """Write a file."""
    file = File(path)
    file.write(text)
    return file


@task(version="1")
def write_all(folder: str, count: int) -> Dir:
    """Write so many files."""
    for number in range(count):
        File(f"{folder}/{number}.txt").write(f"{number}\n")
    return Dir(folder)


@task(version="1")
def line_count(file: File) -> int:
    """Return how many lines a file has."""
    return len(file.readlines())


@task(version="1", script=True)
def run_script(command: str) -> str:
    """Run a command."""
    return command
