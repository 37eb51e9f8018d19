"""Start a server, wait until it answers, and stop it."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

__all__ = ["running"]

LEASH = Path(__file__).with_name("leash.py")


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    answers: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
    seconds: float = 60,
    grace: float = 10,
    last: Sequence[str] = (),
    remove: Path | None = None,
) -> Iterator[None]:
    """Run a server while the body runs.

    Parameters
    ----------
    command
        Program and arguments; it must stay in the foreground.
    log
        File that receives what it prints; quoted if it does not start.
    answers
        Asked again and again until it returns true; then the body begins.
    environment
        All of the server's environment; that of this process by default.
    seconds
        How long it may take until it answers.
    grace
        How long it may take to end when asked to, before it is killed.
    last
        A command for what the server may leave, run when it has ended.
    remove
        A folder that is removed at the end, with all that is mounted there.
    """
    leash = [sys.executable, "-I", str(LEASH), "--grace", str(grace), "--last", shlex.join(last)]
    leash += ["--remove", str(remove)] if remove is not None else []
    leash += ["--", *command]
    # Read through the open file: the leash of a server that has ended has removed the folder.
    with log.open("a+b") as printed:
        server = subprocess.Popen(
            leash,
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=printed,
            env=environment,
            # The folder of a test goes with the test; a server may outlast it.
            cwd="/",
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + seconds
            while not answers():
                if server.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended instead of starting:\n{tail(printed)}")
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} did not answer within {seconds:g} s:\n{tail(printed)}")
                time.sleep(0.02)
            yield
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait()


def tail(printed: BinaryIO) -> str:
    """Return the end of what the server printed."""
    printed.seek(-min(3000, printed.seek(0, os.SEEK_END)), os.SEEK_END)
    return printed.read().decode(errors="replace")
