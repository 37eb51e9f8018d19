"""An application behind a server of Spark Connect, as those who use it see it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import attrs
from redun.errors import ExecutorError

from redun_executor_spark.connecting import impatient, open_session, shown_server
from redun_executor_spark.running import Running
from redun_executor_spark.traces import Traces

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from redun_executor_spark.waves.connect import ConnectCarrier

__all__ = ["Connected", "end_session"]

_GRACE_S = 5.0
"""How long a body may take to end after its operations were interrupted, before its session ends."""


@attrs.define(eq=False)
class Connected(Running):
    """An application at a server. Each session is a connection of its own; there is no context.

    See `Running` for what it has.
    """

    _busy: dict[str, tuple[Any, Event]] = attrs.field(factory=dict, init=False)
    _lock: Lock = attrs.field(factory=Lock, init=False)
    _carrier: ConnectCarrier | None = attrs.field(default=None, init=False)
    _lost: bool = attrs.field(default=False, init=False)

    def session(self, sql_conf: Iterable[tuple[str, str]] = ()) -> SparkSession:
        """Open a session of its own, which is the one of this thread.

        Raises
        ------
        ExecutorError
            The server does not answer any more, or cannot take a property or a file.
        """
        session = self.open(sql_conf, active=True)
        # It is wanted longer than a body may think: its result may be a DataFrame.
        session.stop = _nothing
        return session

    def open(self, sql_conf: Iterable[tuple[str, str]] = (), *, active: bool = False) -> Any:
        """Open a session; see `open_session`."""
        try:
            session: Any = open_session(self.application.master, active=active)
        except ExecutorError:
            self.lose()
            raise
        try:
            for key, value in sql_conf:
                session.conf.set(key, value)
            self._send_files(session)
        except Exception as error:
            end_session(session)
            raise ExecutorError(
                f"A session at {shown_server(self.application.master)} could not be had as the options want it: {error}"
            ) from error
        return session

    def carrier(self, manifest: Mapping[str, Any], history: str = "") -> ConnectCarrier:
        """Return what brings waves of calls to its workers; it stays, for these keep what they have loaded."""
        from redun_executor_spark.waves.connect import ConnectCarrier

        with self._lock:
            if self._carrier is None:
                self._carrier = ConnectCarrier(self, manifest, history)
            return self._carrier

    @contextmanager
    def labelled(self, group: str, description: str, session: SparkSession) -> Iterator[None]:
        """Give what this thread does in a session a tag while the context lasts; the session ends with it."""
        left = Event()
        with self._lock:
            self._busy[group] = session, left
        try:
            session.addTag(group)
            yield
        finally:
            left.set()
            with self._lock:
                self._busy.pop(group, None)
            end_session(session)

    def cancel(self, group: str) -> None:
        """Interrupt what runs in the session of a group; and end the session, if its body goes on."""
        with self._lock:
            session, left = self._busy.get(group, (None, None))
        if session is None or left is None:
            return
        with suppress(Exception):
            session.interruptAll()
        if not left.wait(_GRACE_S):
            end_session(session)

    def lose(self) -> None:
        """Note that the server does not answer: whoever comes next connects anew."""
        self._lost = True

    def alive(self) -> bool:
        """Whether the server has answered so far."""
        return not self._lost

    def describe(self, *, group: str = "", address: str = "") -> dict[str, Any]:
        """Return what is worth knowing of it: its id, `spark_application`, and the server, `spark_connect`."""
        found = {"spark_connect": shown_server(self.application.master)}
        if self.traces is None and not self._lost:
            with suppress(Exception):
                self.traces = Traces(str(self.spark.conf.get("spark.app.id")))
        return found if self.traces is None else found | self.traces.tags(address=address)

    def stop(self) -> None:
        """End the root session."""
        if self._carrier is not None:
            self._carrier.close()
        end_session(self.spark)

    def _send_files(self, session: Any) -> None:
        """A server keeps files of each session apart."""
        application = self.application
        sent = (*application.jars, *application.py_files, *application.files, *application.archives)
        # An archive may be followed by the name of the folder that it is unpacked to.
        missing = [path for path in sent if not os.path.exists(path.partition("#")[0])]
        if missing:
            raise FileNotFoundError(f"there is no {' and no '.join(missing)} to be sent")
        if application.jars:
            session.addArtifacts(*application.jars)
        if application.py_files:
            session.addArtifacts(*application.py_files, pyfile=True)
        if application.files:
            session.addArtifacts(*application.files, file=True)
        if application.archives:
            session.addArtifacts(*application.archives, archive=True)


def end_session(session: Any) -> None:
    """End a session, whose server may not answer any more."""
    impatient(session)
    with suppress(Exception):
        type(session).stop(session)


def _nothing() -> None:
    """Do not stop the session."""
