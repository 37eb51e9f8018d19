"""A connection of the driver that does not wait for ever for an answer that will not come.

The network may swallow an answer, or a proxy hold it back, while both sides believe that they are connected. A
statement may also just take long, or wait for a lock. So when nothing was heard for a while, the server is asked
through another connection what it thinks of this one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import psycopg
from psycopg.abc import PQGen

__all__ = ["SILENCE_S", "WatchedConnection"]

T = TypeVar("T")

SILENCE_S = 20.0
"""How long to wait for an answer before asking whether there will be one."""

_STATE = (
    "SELECT state, coalesce(wait_event_type = 'Lock', false), pg_blocking_pids(pid) FROM pg_stat_activity"
    " WHERE pid = %s"
)


class WatchedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that raises OperationalError when the server has nothing more to say to it."""

    watch: Callable[[], psycopg.Connection[Any]] | None = None
    """Returns another connection to the same server; None until the watch begins."""
    server_pid = 0
    """The process of the server that serves this connection, also behind a pooler."""

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        """Run what waits for the server."""
        return super().wait(self._watched(gen) if self.watch else gen, *args, **kwargs)

    def _watched(self, gen: PQGen[T]) -> PQGen[T]:
        begun = time.monotonic()
        silence = SILENCE_S
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                waited = time.monotonic() - begun
                # None is ready while the pause between two looks is over.
                if not ready and waited > silence:
                    self._ask(waited)
                    silence = time.monotonic() - begun + silence
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result

    def _ask(self, waited: float) -> None:
        """Raise OperationalError unless the server is at it."""
        assert self.watch is not None
        try:
            with self.watch() as other:
                found = other.execute(_STATE, (self.server_pid,)).fetchone()
        except psycopg.OperationalError as error:
            self._give_up(f"no answer for {waited:.0f} s, nor to a new connection: {error}")
        if found is None or found[0] != "active":
            self._give_up(f"no answer for {waited:.0f} s, and the server has no question of ours")
        _, locked, holders = found
        logging.getLogger("redun").warning(
            "a statement takes long (%.0f s so far)%s",
            waited,
            f": it waits for what other connections hold (processes {holders} of the server)"
            if locked
            else "",
        )

    def _give_up(self, reason: str) -> NoReturn:
        self.close()
        raise psycopg.OperationalError(reason)
