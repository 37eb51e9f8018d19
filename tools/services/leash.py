"""Run a server that ends, with all that it started, when the process that asked for it does.

    python leash.py [--grace SECONDS] [--last COMMAND] [--remove FOLDER] -- COMMAND...

Whoever starts this program holds its standard input open. End of input, SIGTERM or the server's own end start the
clean-up: the server is asked to stop, and is killed if it does not; then every process that inherited the mark in its
environment is killed, whatever sessions it made for itself; the last command is run before, the folder removed after
that, with all that is mounted there. A killed test run therefore leaves nothing behind. Uses
nothing but the standard library, and runs from its file.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import secrets
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

MARK = "REDUN_LEASH"
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main(arguments: Sequence[str]) -> int:
    """Run the command on a leash; return its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--grace", type=float, default=10)
    parser.add_argument("--last", type=shlex.split, default=[])
    parser.add_argument("--remove", type=Path)
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args(arguments)
    mark = secrets.token_hex(8)
    # Orphans below become children of this process, so that none stays a zombie.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    server = subprocess.Popen(
        chosen.command,
        stdin=subprocess.DEVNULL,
        env=os.environ | {MARK: mark},
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        wait_for_the_end(wake, server)
        stop(server, chosen.grace)
    finally:
        if chosen.last:
            subprocess.run(chosen.last, stdin=subprocess.DEVNULL, timeout=30)
        sweep(mark)
        if chosen.remove is not None:
            remove(chosen.remove)
    return server.returncode


def die_with_parent() -> None:
    """Have the kernel kill this process should the leash itself be killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for_the_end(wake: int, server: subprocess.Popen[bytes]) -> None:
    """Return when the input ends, a signal asks to stop, or the server has ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while server.poll() is None:
            for key, _ in selector.select():
                received = os.read(key.fd, 4096)
                if key.fd == wake and set(received) - {signal.SIGCHLD}:
                    return
                if key.fd != wake and not received:
                    return


def stop(server: subprocess.Popen[bytes], grace: float) -> None:
    """Ask the server to end, and kill it if it does not in time."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(grace)
        except subprocess.TimeoutExpired:
            server.kill()
    server.wait()


def sweep(mark: str) -> None:
    """Kill every process that inherited the mark, until none is left."""
    deadline = time.monotonic() + 5
    while (found := list(marked(mark))) and time.monotonic() < deadline:
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def marked(mark: str) -> Iterator[int]:
    """Yield the living processes whose environment holds the mark."""
    line = f"{MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # A dead process that nobody has waited for yet has an empty environment.
            if line in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            continue


def remove(folder: Path) -> None:
    """Remove a folder; what is mounted below is unmounted before."""
    below = f"{folder.resolve()}/"
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for point in reversed([point for point in mounted if point.startswith(below)]):
        subprocess.run(["umount", "--lazy", point], stdin=subprocess.DEVNULL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
