"""Who is told of what happens: observers that were given, and plugins.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from logging import Logger
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.host.host import Host
    from redun.scheduler.events import Observer, Transition

__all__ = ["Audience"]


class Audience:
    """Tells observers; one that fails is reported and not told any more.

    Parameters
    ----------
    observers : sequence of Observer
    host : Host
        Tells plugins.
    logger : Logger
        Takes reports.
    """

    def __init__(self, observers: Sequence[Observer], host: Host, logger: Logger) -> None:
        self._observers = list(observers)
        self._host = host
        self._logger = logger

    def add(self, observer: Observer) -> None:
        """Tell one more from now on."""
        self._observers.append(observer)

    def watcher(self) -> Callable[[Sequence[Transition]], None] | None:
        """Return what is to be told of jobs; None if nobody listens."""
        if not self._observers and not self._host.implements("redun_jobs"):
            return None
        return lambda transitions: self.tell("jobs", transitions)

    def tell(self, event: str, subject: Any) -> None:
        """Tell everybody: `event` is a method of `Observer`."""
        for observer in list(self._observers):
            try:
                getattr(observer, event)(subject)
            except Exception:
                self._logger.exception("Observer %r failed at %s and is not told any more.", observer, event)
                self._observers.remove(observer)
        getattr(self._host, event)(subject)
