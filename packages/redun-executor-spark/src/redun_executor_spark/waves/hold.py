"""The use of an application for as long as it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redun_executor_spark.waves.carrier import Carrier

__all__ = ["Hold"]


class Hold:
    """The use of an application, which may have to be waited for: by a thread of its own."""

    def __init__(self, use: Callable[[], AbstractContextManager[Carrier]], post: Callable[..., None]) -> None:
        self.released = Event()
        self._use = use
        self._post = post
        Thread(target=self._run, name="redun-spark-hold", daemon=True).start()

    def _run(self) -> None:
        try:
            with self._use() as carrier:
                self._post("held", self, carrier)
                self.released.wait()
        except BaseException as error:
            self._post("not_held", self, error)
