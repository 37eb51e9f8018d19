"""Which of pyspark's two interfaces this process speaks at the moment.

`pyspark.sql.functions` and all that is like it make objects of a JVM in this process, or messages for a server of Spark
Connect; a switch of the whole process, two variables of its environment, says which. So bodies of tasks that need one
take turns with those that need the other: any number of the same kind at a time, and each kind in the order of arrival.
"""

from __future__ import annotations

import os
from collections import deque
from threading import Condition

__all__ = ["CLASSIC", "Turn", "Turns", "turns"]

CLASSIC = ""
"""The interface to a JVM in this process; that to a server goes by the server's address."""

_SWITCH = "SPARK_CONNECT_MODE_ENABLED"
_SERVER = "SPARK_REMOTE"


class Turns:
    """Gives out turns.

    Examples
    --------
    >>> turns = Turns()
    >>> one, two = turns.take("sc://localhost"), turns.take("sc://localhost")
    >>> one.end()
    >>> two.end()
    >>> turns.take(CLASSIC).end()
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: deque[object] = deque()
        self._users = 0
        self._classic = True
        self._before: dict[str, str | None] = {}

    def take(self, server: str) -> Turn:
        """Wait for a turn.

        Parameters
        ----------
        server : str
            Address of the server, or `CLASSIC`.
        """
        classic = server == CLASSIC
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(
                    lambda: self._waiting[0] is ticket and (not self._users or self._classic == classic)
                )
                if not self._users:
                    self._classic = classic
                    self._switch({_SWITCH: None if classic else "1", _SERVER: server or None})
                self._users += 1
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        return Turn(self)

    def _give_back(self) -> None:
        with self._changed:
            self._users -= 1
            if not self._users:
                self._switch(self._before)
            self._changed.notify_all()

    def _switch(self, variables: dict[str, str | None]) -> None:
        self._before = {name: os.environ.get(name) for name in variables}
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Turn:
    """A turn that was given out; made by `Turns.take`."""

    def __init__(self, turns: Turns) -> None:
        self._turns: Turns | None = turns

    def end(self) -> None:
        """Give it back, from any thread; once more does nothing."""
        turns, self._turns = self._turns, None
        if turns is not None:
            turns._give_back()


turns = Turns()
"""Those of this process."""
