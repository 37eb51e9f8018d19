"""Where an application can be looked at, during its life and after it: the tags of the calls that it ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

import attrs
from redun.executors.capacities import wrong_option

if TYPE_CHECKING:
    from pyspark import SparkContext

__all__ = ["Traces", "history_address", "in_ranges", "tags_of", "traces_of"]

OPTION = "history_url"


@attrs.frozen
class Traces:
    """What is known of an application; "" for what is not.

    Attributes
    ----------
    application : str
        Its id.
    attempt : str
        Which attempt at the application it is, where a cluster makes several.
    ui : str
        Address of its pages while it runs.
    events : str
        Where its event log is, which a history server reads.
    server : str
        Address of a history server that its settings name.
    """

    application: str
    attempt: str = ""
    ui: str = ""
    events: str = ""
    server: str = ""

    def tags(self, jobs: Sequence[int] = (), address: str = "") -> dict[str, Any]:
        """Return the tags of a call.

        Parameters
        ----------
        jobs : sequence of int
            Its Spark jobs: the links lead to the only one, or to the list of all.
        address : str
            That of a history server, in the place of `server`.

        Examples
        --------
        >>> Traces("app-1", ui="http://host:4040").tags([7])
        {'spark_application': 'app-1', 'spark_ui': 'http://host:4040/jobs/job/?id=7', 'spark_jobs': '7'}
        """
        page = f"/jobs/job/?id={jobs[0]}" if len(jobs) == 1 else "/jobs/" if jobs else ""
        server = address or self.server
        name = f"{self.application}/{self.attempt}" if self.attempt else self.application
        found = {
            "spark_application": self.application,
            "spark_ui": self.ui and self.ui + page,
            "spark_history": server and f"{server.rstrip('/')}/history/{name}{page}",
            "spark_event_log": self.events,
            "spark_jobs": in_ranges(jobs),
        }
        return {key: value for key, value in found.items() if value}


def traces_of(context: SparkContext) -> Traces:
    """Ask an application where it can be looked at."""
    java = context._jsc.sc()
    attempt = java.applicationAttemptId()
    get: Callable[[str], str | None] = context.getConf().get
    application = str(java.applicationId())
    logs = get("spark.eventLog.enabled") == "true"
    return Traces(
        application,
        str(attempt.get()) if attempt.isDefined() else "",
        (context.uiWebUrl or "").rstrip("/"),
        f"{(get('spark.eventLog.dir') or 'file:/tmp/spark-events').rstrip('/')}/{application}"
        if logs
        else "",
        _configured(get) if logs else "",
    )


def tags_of(context: SparkContext, traces: Traces, group: str, address: str) -> dict[str, Any]:
    """Return the tags of a call whose Spark jobs have a name of their own."""
    jobs: list[int] = []
    # The JVM may be gone.
    with suppress(Exception):
        jobs = sorted(context.statusTracker().getJobIdsForGroup(group)) if group else []
    return traces.tags(jobs, address)


def history_address(name: str, section: Mapping[str, Any]) -> str:
    """Return the option `history_url` of an executor's section.

    Raises
    ------
    ConfigError
        It is no web address.
    """
    given = str(section.get(OPTION) or "")
    if given and not given.startswith(("http://", "https://")):
        problem = f"must be the address of a history server such as http://host:18080, not {given!r}"
        raise wrong_option(name, section, OPTION, problem)
    return given


def in_ranges(numbers: Sequence[int]) -> str:
    """Return numbers as text, those that follow each other as ranges.

    Examples
    --------
    >>> in_ranges([4, 1, 2, 3, 9])
    '1-4, 9'
    """
    ranges = []
    for _, group in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(ranges)


def _configured(get: Callable[[str], str | None]) -> str:
    """Return the history server that an application's settings name: YARN links to it from its own pages."""
    address = get("spark.yarn.historyServer.address") or ""
    # Settings of Hadoop may stand in it, which are not known here.
    if not address or "${" in address:
        return ""
    return address if "://" in address else f"http://{address}"
