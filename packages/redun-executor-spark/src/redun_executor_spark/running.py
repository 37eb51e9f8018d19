"""A Spark application that runs, as those who use it see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import current_thread
from typing import TYPE_CHECKING, Any

import attrs
from redun.errors import ExecutorError

from redun_executor_spark.logs import tail
from redun_executor_spark.options import Application
from redun_executor_spark.plain_errors import plain, text_of
from redun_executor_spark.reasons import in_short
from redun_executor_spark.traces import Traces, tags_of, traces_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark import SparkContext
    from pyspark.sql import SparkSession

__all__ = ["Running", "cancel_jobs"]

_GROUP = ("spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel")


@attrs.define(eq=False)
class Running:
    """An application and its root session.

    Attributes
    ----------
    application : Application
        What it was started with.
    spark : SparkSession
        The root session, that all share.
    context : SparkContext or None
        None at a server of Spark Connect.
    ours : bool
        We started it. A session that the program started is never stopped.
    log : str
        Path of what the JVM writes; "" where it is not ours.
    traces : Traces or None
        Where it can be looked at; None where that is not known yet.
    """

    application: Application
    spark: SparkSession
    context: SparkContext | None
    ours: bool = True
    log: str = ""
    traces: Traces | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        # Asked at once: when a call has failed, its JVM may be gone.
        self.traces = None if self.context is None else traces_of(self.context)

    def session(self, sql_conf: Iterable[tuple[str, str]] = ()) -> SparkSession:
        """Return a session of its own: temporary views, functions and properties of SQL are not shared with others.

        Its `stop` does nothing, for others use the application too.

        Raises
        ------
        ExecutorError
            Spark refuses a property.
        """
        session = self.spark.newSession()
        for key, value in sql_conf:
            try:
                session.conf.set(key, value)
            except Exception as error:
                told = in_short(text_of(error)).rstrip(".")
                raise ExecutorError(
                    f"Spark does not take {key} = {value} of spark_conf for a session: {told}."
                ) from plain(error)
        setattr(session, "stop", _nothing)  # noqa: B010
        return session

    @contextmanager
    def labelled(self, group: str, description: str, session: SparkSession) -> Iterator[None]:
        """Give the jobs of this thread a group while the context lasts, and their share of the application's cores."""
        assert self.context is not None
        context = self.context
        context.setJobGroup(group, description, interruptOnCancel=True)
        # Named by threads, which are used again: Spark keeps what it knows of a pool for ever.
        context.setLocalProperty("spark.scheduler.pool", current_thread().name)
        try:
            yield
        finally:
            # The JVM may be gone.
            with suppress(Exception):
                for key in (*_GROUP, "spark.scheduler.pool"):
                    context.setLocalProperty(key, None)

    def cancel(self, group: str) -> None:
        """Cancel the jobs of a group; from any thread."""
        assert self.context is not None
        with suppress(Exception):
            cancel_jobs(self.context, group)

    def end_of_log(self) -> str:
        """Return the end of what the JVM wrote."""
        return tail(self.log) if self.log else ""

    def alive(self) -> bool:
        """Whether it can be used still: nobody has stopped it, and its JVM is there."""
        assert self.context is not None
        from py4j.protocol import Py4JError

        java = self.context._jsc
        try:
            return java is not None and not java.sc().isStopped()
        except (Py4JError, OSError):
            return False

    def describe(self, *, group: str = "", address: str = "") -> dict[str, Any]:
        """Return what is worth knowing of it as tags of a call, see `Traces.tags`.

        Parameters
        ----------
        group : str
            What names the jobs of the call.
        address : str
            That of a history server.
        """
        if self.context is None or self.traces is None:
            return {}
        return tags_of(self.context, self.traces, group, address)


def _nothing() -> None:
    """Do not stop the session: others use its application."""


def cancel_jobs(context: SparkContext, group: str) -> None:
    """Cancel the jobs of a group, those to come included where Spark can (4.0)."""
    try:
        context._jsc.sc().cancelJobGroupAndFutureJobs(group)
    except Exception:
        context.cancelJobGroup(group)
