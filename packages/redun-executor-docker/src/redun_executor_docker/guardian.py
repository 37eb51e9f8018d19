"""A process that outlives the scheduler, and removes its containers if it was killed.

It reads from a pipe that only the scheduler writes to: a plus before each container that is made, a minus after each
that is removed. The pipe ends with the scheduler; what was not removed by then is the guardian's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

__all__ = ["Guardian"]


class Guardian:
    """The process, seen from the scheduler.

    Parameters
    ----------
    host : str
        Address of the engine.
    session : str
        What its containers are labelled with.
    """

    def __init__(self, host: str, session: str) -> None:
        # A session of its own: the signals that end the scheduler must not reach it. Isolated and without site packages
        # it is there in no time; it finds those only when it needs them.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, host, session, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def expect(self) -> None:
        """A container is about to be made."""
        self._tell(b"+")

    def forget(self) -> None:
        """One is removed, or was not made."""
        self._tell(b"-")

    def dismiss(self) -> None:
        """Let it end, once it has removed what is still there."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _tell(self, word: bytes) -> None:
        assert self._process.stdin is not None
        # It may have been killed; the next scheduler then does what it would have done.
        with suppress(OSError):
            self._process.stdin.write(word)


def watch(host: str, session: str, path: list[str]) -> None:
    """Wait for the end of the scheduler, and remove what it left."""
    left = 0
    while words := os.read(0, 4096):
        left += words.count(b"+") - words.count(b"-")
    if left <= 0:
        return
    sys.path[:] = path
    from time import sleep

    from redun_executor_docker.engine import Engine
    from redun_executor_docker.leftovers import remove_session

    engine = Engine(host)
    # What the engine was asked for in the last moment may come to be a little later.
    for pause in (0.5, 2):
        remove_session(engine.client, session)
        sleep(pause)
    remove_session(engine.client, session)


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2], sys.argv[3:])
