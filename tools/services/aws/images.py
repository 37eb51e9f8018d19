"""What an image's name stands for: the programs of a virtual environment, run as processes, or a container image."""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Protocol

import warm

KEPT = ("LANG", "SSL_CERT_FILE", "REDUN_LEASH")
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a container ended: its exit code if it had one, and what the agent says about the container."""

    exit_code: int | None
    reason: str | None = None


class Running(Protocol):
    """A container, or what takes its place."""

    def poll(self) -> Ended | None:
        """Return how it ended, or None while it runs."""

    def signal(self, number: int) -> None:
        """Send a signal to all of its processes."""


class Images:
    """Starts commands in images.

    Parameters
    ----------
    names
        What each image name maps to: a folder with `bin/` (a virtual environment), `warm:FOLDER` (one whose Python
        has already imported what workers do), or `container:NAME`.
    engine
        The address of the engine that runs containers, if there is one.
    """

    def __init__(self, names: Mapping[str, str], engine: str | None) -> None:
        self.names = dict(names)
        self.engine = engine
        self.environment: Mapping[str, str] = {}
        self.warm: dict[str, warm.Server] = {}
        self.lock = threading.Lock()

    def start(
        self,
        image: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        memory: int,
        write: Callable[[str], None],
    ) -> Running:
        """Start a command; each line it prints is given to `write`.

        Raises
        ------
        LookupError
            There is no such image.
        OSError
            The image holds no such program.
        """
        target = self.names.get(image)
        if target is None:
            raise LookupError(f"CannotPullContainerError: {image} does not exist")
        merged = {**self.environment, **environment}
        if target.startswith("container:"):
            from services.aws.containers import Container

            if self.engine is None:
                raise LookupError(f"CannotPullContainerError: no container engine to run {image}")
            return Container(self.engine, target.removeprefix("container:"), command, merged, memory, write)
        return Process(self, target, command, merged, write)

    def warm_python(self, venv: str) -> warm.Server:
        """Return what forks the workers of a virtual environment, started when it is first asked for."""
        with self.lock:
            if venv not in self.warm:
                python, modules = f"{venv}/bin/python3", ["boto3", "redun_fs_s3"]
                self.warm[venv] = warm.Server(python, own_environment(), modules)
            return self.warm[venv]


class Process:
    """A command of a virtual environment in an empty folder, in a session of its own."""

    def __init__(
        self,
        images: Images,
        target: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        write: Callable[[str], None],
    ) -> None:
        venv = target.removeprefix("warm:")
        path = os.pathsep.join([f"{venv}/bin", "/usr/local/bin:/usr/bin:/bin"])
        program = shutil.which(command[0], path=path) if command else None
        if program is None:
            raise OSError(f"CannotStartContainerError: exec: {' '.join(command[:1])!r}: not found in PATH")
        self.folder = tempfile.mkdtemp(prefix="batch-")
        start = (
            functools.partial(warm.Popen, server=images.warm_python(venv))
            if venv != target
            else subprocess.Popen
        )
        self.process: subprocess.Popen[Any] = start(
            [program, *command[1:]],
            env={
                **own_environment(),
                "PATH": path,
                "HOME": self.folder,
                "TMPDIR": self.folder,
                **environment,
            },
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.pump = threading.Thread(target=copy, args=(self.process.stdout, write), daemon=True)
        self.pump.start()
        self.ended: Ended | None = None

    def poll(self) -> Ended | None:
        """Return how it ended, once what it printed has been read too."""
        if self.ended is None and (code := self.process.poll()) is not None:
            # In a container nothing outlives the first process.
            self.signal(signal.SIGKILL)
            self.pump.join(2)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.ended = Ended(code if code >= 0 else 128 - code)
        return self.ended

    def signal(self, number: int) -> None:
        """Send a signal to the process group."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


def own_environment() -> dict[str, str]:
    """Return what commands get of this process's environment."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def copy(output: IO[bytes], write: Callable[[str], None]) -> None:
    """Give each line to `write`."""
    for line in output:
        write(line.decode(errors="replace").rstrip("\n"))


def stop(running: Running, grace: float) -> None:
    """End it: SIGTERM, and SIGKILL if it has not ended in time."""
    running.signal(signal.SIGTERM)
    deadline = time.monotonic() + grace
    while running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    while running.poll() is None:
        running.signal(signal.SIGKILL)
        time.sleep(0.01)


def described(value: Any) -> dict[str, str]:
    """Return a list of names and values, as Batch writes environments, as a mapping."""
    return {entry["name"]: entry["value"] for entry in value or ()}
