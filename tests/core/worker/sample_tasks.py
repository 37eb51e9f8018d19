"""Tasks that behave and misbehave."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from typing import Any

from redun import File, Scheduler, catch, get_context, task
from redun.task.job_info import JobInfo
from redun.value.names import type_name

redun_namespace = "sample"
ON = {"executor": "courier", "version": "1"}


class Odd(Exception):
    def __init__(self, sample: str, depth: int) -> None:
        super().__init__(f"{sample} at {depth}")
        self.depth = depth


@task(**ON)
def double(x: Any) -> Any:
    return 2 * x


@task(**ON)
def lazy(x: int) -> Any:
    return [double(x), double(x + 1), here(x)]


@task(version="1")
def here(x: int) -> int:
    return -x


@task(**ON)
def talk(words: str) -> str:
    print("printed", words)
    print("warned", words, file=sys.stderr)
    subprocess.run(["sh", "-c", "echo started; echo complained >&2"], check=True)
    os.write(1, b"written\n")
    logging.getLogger("sample").warning("logged %s", words)
    return words


@task(**ON)
def flood(count: int) -> int:
    for number in range(count):
        print(f"line {number}")
    return count


@task(**ON)
def close_streams() -> str:
    print("before")
    sys.stdout.close()
    os.close(2)
    return "closed"


@task(**ON)
def misbehave(how: str) -> str:
    print("about to", how)
    match how:
        case "raise":
            raise Odd("s1", 3)
        case "chain":
            try:
                {}["lane"]
            except KeyError as error:
                raise ValueError("no lane") from error
        case "exit":
            sys.exit(3)
        case "interrupt":
            raise KeyboardInterrupt
        case "os._exit":
            os._exit(7)
        case "segfault":
            ctypes.string_at(0)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "generator":
            return (number for number in [])  # type: ignore[return-value]
    return how


@task(**ON)
def hang(path: str) -> None:
    child = subprocess.Popen(["sleep", "300"])
    File(path).write(f"{os.getpid()} {child.pid}")
    print("hanging")
    time.sleep(300)


@task(**ON)
def surroundings(file: File, job: JobInfo = JobInfo()) -> dict[str, Any]:
    return {
        "read": file.read(),
        "cwd": os.getcwd(),
        "job": job.job_id,
        "inner": Scheduler().run(here(4)),
        "pid": os.getpid(),
        "context": get_context("depth", 0),
    }


@task(**ON)
def allocate(mebibytes: int) -> int:
    return len(bytearray(mebibytes << 20))


@task(**ON)
def write(path: str, text: str) -> File:
    file = File(path)
    file.write(text)
    return file


@task(**ON)
def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@task(version="1")
def tell(error: Any) -> tuple[str, str, Any]:
    return type_name(type(error)), str(error), getattr(error, "depth", None)


def catch_all(call: Any) -> Any:
    return catch(tell(call), BaseException, tell)


@task(**ON)
def hang_alone(path: str) -> None:
    File(path).write(str(os.getpid()))
    time.sleep(300)
