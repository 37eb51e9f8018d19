"""Tasks that do to their process what no task should."""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from redun import File, task

redun_namespace = "pool"


def note(folder: str, word: str) -> None:
    """Leave a trace that a body ran; one write to a file opened for appending is whole."""
    descriptor = os.open(Path(folder, "bodies"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{word}\n".encode())
    os.close(descriptor)


@task(executor="process")
def add(a, b=10):
    return a + b


@task(executor="process")
def noted(folder, word, seconds=0.0, until=0):
    """Note a word, and stay for a time and until so many words are there."""
    note(folder, word)
    time.sleep(seconds)
    deadline = time.monotonic() + 30
    while until and Path(folder, "bodies").read_text().count("\n") < until:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{word} is kept waiting by what should run beside it")
        time.sleep(0.02)
    return word


@task(executor="process", cache=False)
def hold(megabytes):
    held = bytearray(megabytes * 1_000_000)
    return len(held)


@task(executor="process", cache=False)
def hold_little(turn):
    return turn


@task
def recover(error):
    return f"{type(error).__name__}: {error}"


@task(executor="process")
def die(folder, how):
    note(folder, how)
    if how == "segfault":
        ctypes.string_at(0)
    elif how == "exit":
        os._exit(3)
    elif how == "exit 0":
        os._exit(0)
    elif how == "abort":
        os.write(2, b"free(): invalid pointer\n")
        os.abort()
    elif how == "close":
        os.closerange(0, 256)
        return "closed"
    elif how == "memory":
        size = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, size[1]))
        hoard = []
        while True:
            hoard.append(bytearray(1 << 20))
    elif how == "killed":
        os.kill(os.getpid(), 9)
    elif how == "system exit":
        sys.exit("enough")
    elif how == "hang":
        time.sleep(600)
    return how


@task(executor="process")
def die_once(folder):
    note(folder, "once")
    if not Path(folder, "died").exists():
        Path(folder, "died").touch()
        os._exit(9)
    return "lives"


@task(executor="process")
def family(folder, seconds=600):
    """Start a child in a session of its own, which starts another one and ignores what can be ignored."""
    script = f"trap '' TERM HUP INT; sleep {seconds} & echo $$ $! >> {folder}/pids; wait; wait"
    child = subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True)
    while not Path(folder, "pids").exists():
        time.sleep(0.01)
    Path(folder, "worker").write_text(str(os.getpid()))
    child.wait()


@task(executor="process", script=True)
def lingering_script(folder, seconds=600):
    return f"#!/bin/sh\nsleep {seconds} &\necho $$ $! > {folder}/pids\nwait"


@task(executor="process")
def where():
    return os.getcwd(), os.environ.get("POOL_TEST"), list(sys.path), sys.argv, sys.stdin.read()


@task(executor="process")
def wander(folder):
    os.chdir(folder)
    return os.getpid()


@task(executor="process")
def pid(_salt=0):
    return os.getpid()


@task(executor="process")
def speak():
    print("by print")
    sys.stderr.write("by sys.stderr\n")
    logging.getLogger("pool").warning("by logging")
    os.write(1, b"by descriptor 1\n")
    subprocess.run(["/bin/sh", "-c", "echo by a program; echo by its stderr >&2"], check=True)


@task(executor="process")
def close_stdout():
    sys.stdout.close()
    return "closed"


@task(executor="process")
def silent():
    return 0


@task(executor="process")
def scaled(array, factor):
    array *= factor
    return array


@task(executor="process")
def total(array, _salt):
    return float(array.sum())


@task(executor="process")
def grow(folder):
    return File(f"{folder}/grown").path, np.full(500_000, 7.0)


@task(executor="process")
def write(folder):
    file = File(f"{folder}/written")
    file.write("by a process")
    return file


@task(executor="process")
def fan(n):
    return [add(number) for number in range(n)]


class Peculiar(Exception):
    def __init__(self, *, code):
        super().__init__(f"peculiar {code}")
        self.code = code


class Rooted:
    """Has a content but cannot leave its process."""

    def __redun_digest__(self):
        return b"r" * 20

    def __reduce__(self):
        raise TypeError("it stays where it is")


@task(executor="process")
def peculiar():
    raise Peculiar(code=7)


@task(executor="process")
async def asynchronous():
    return 1
