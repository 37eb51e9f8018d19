"""A job's command in a container of an engine."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import docker
import docker.errors

from services.aws.images import OUT_OF_MEMORY, Ended

MEBIBYTE = 2**20


class Container:
    """A container in the network of the host; it is removed when it has ended."""

    def __init__(
        self,
        engine: str,
        image: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        memory: int,
        write: Callable[[str], None],
    ) -> None:
        client = docker.DockerClient(base_url=engine)
        try:
            self.container: Any = client.containers.create(
                image,
                list(command),
                environment=dict(environment),
                network_mode="host",
                mem_limit=memory * MEBIBYTE,
                memswap_limit=memory * MEBIBYTE,
            )
            self.container.start()
        except docker.errors.ImageNotFound as error:
            raise LookupError(f"CannotPullContainerError: {error}") from error
        except docker.errors.APIError as error:
            raise OSError(f"CannotStartContainerError: {error}") from error
        self.pump = threading.Thread(target=self.copy, args=(write,), daemon=True)
        self.pump.start()
        self.ended: Ended | None = None

    def poll(self) -> Ended | None:
        """Return how it ended, once what it printed has been read too."""
        if self.ended is None:
            self.container.reload()
            state = self.container.attrs["State"]
            if state["Status"] in ("exited", "dead"):
                self.pump.join(5)
                self.container.remove(force=True)
                self.ended = Ended(state["ExitCode"], OUT_OF_MEMORY if state.get("OOMKilled") else None)
        return self.ended

    def signal(self, number: int) -> None:
        """Send a signal to the container's first process."""
        try:
            self.container.kill(signal.Signals(number).name)
        except docker.errors.APIError:
            # It has ended meanwhile.
            return

    def copy(self, write: Callable[[str], None]) -> None:
        """Give each line that the container prints to `write`."""
        kept = b""
        for piece in self.container.logs(stream=True, follow=True):
            *lines, kept = (kept + piece).split(b"\n")
            for line in lines:
                write(line.decode(errors="replace"))
        if kept:
            write(kept.decode(errors="replace"))
