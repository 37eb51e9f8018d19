"""Tasks that leave something behind, or pull the floor from under their worker."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

from redun import task

redun_namespace = "unruly"
ON = {"executor": "courier", "version": "1"}


@task(**ON)
def fork(how: str, pids: str) -> str:
    child = os.fork()
    if child == 0:
        if how == "returns":
            time.sleep(0.5)
            return "the child's"
        os.setsid()
        time.sleep(60)
        os._exit(0)
    Path(pids).write_text(str(child))
    if how == "crashes":
        os._exit(7)
    if how == "returns":
        os.waitpid(child, 0)
    return "the parent's"


@task(**ON)
def chatter(pids: str) -> str:
    """Leave somebody who never stops writing."""
    child = subprocess.Popen(["yes"], start_new_session=True)
    Path(pids).write_text(str(child.pid))
    time.sleep(0.2)
    return "said"


@task(**ON)
def kill_by(number: int) -> None:
    os.kill(os.getpid(), number)
    signal.pause()


@task(**ON)
def go_to(folder: str) -> str:
    before = os.getcwd()
    if folder:
        os.chdir(folder)
    return before


@task(**ON)
def fill_disk(room: int) -> bytes:
    """Let no more than so many bytes be written into a file from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    return os.urandom(100_000)


@task(**ON)
def leave_writing(path: str) -> None:
    """Crash beside a process that would go on with the work."""
    subprocess.Popen(["sh", "-c", f"sleep 2; echo late > '{path}'"], start_new_session=True)
    os._exit(9)
