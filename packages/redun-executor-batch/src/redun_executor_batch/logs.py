"""What jobs on AWS Batch wrote, from CloudWatch Logs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
from redun.errors import ExecutorError

from redun_executor_batch.denials import asking, code_of, explained

if TYPE_CHECKING:
    from redun_executor_batch.clients import Clients

__all__ = ["GROUP", "Event", "Reading", "Stream", "streams", "tail"]

GROUP = "/aws/batch/job"
"""Where Batch puts logs unless a job definition says otherwise."""

_PAGE = 10_000

# CloudWatch shows lines some time after they were written: those of a job that just ended may be on their way.
_ON_THEIR_WAY_S = 5.0
_LOOK_AGAIN_S = 0.25


@attrs.frozen
class Stream:
    """A log stream: what one attempt of a job wrote.

    Attributes
    ----------
    name : str
    group : str
    attempt : int
        From 1 on.
    """

    name: str
    group: str = GROUP
    attempt: int = 1


@attrs.frozen
class Event:
    """A line of a log.

    Attributes
    ----------
    timestamp : int
        Milliseconds since the epoch.
    message : str
    """

    timestamp: int
    message: str

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.timestamp / 1000, UTC)
        return f"{when:%Y-%m-%d %H:%M:%S}.{self.timestamp % 1000:03d}  {self.message}"


def streams(description: Mapping[str, Any]) -> list[Stream]:
    """Return the log streams of a job, that of its last attempt last; none before it has begun.

    Parameters
    ----------
    description : mapping
        What `describe_jobs` says of it.

    Examples
    --------
    >>> job = {"attempts": [{"container": {"logStreamName": "jd/default/1"}}],
    ...        "container": {"logStreamName": "jd/default/2"}}
    >>> [(stream.attempt, stream.name) for stream in streams(job)]
    [(1, 'jd/default/1'), (2, 'jd/default/2')]
    """
    container = description.get("container") or {}
    configured = (container.get("logConfiguration") or {}).get("options") or {}
    group = str(configured.get("awslogs-group") or GROUP)
    past = [
        (attempt.get("container") or {}).get("logStreamName") for attempt in description.get("attempts") or ()
    ]
    # A running attempt stands in the container alone, one that has ended in both.
    numbered = {name: number for number, name in enumerate(past, 1) if name}
    current = container.get("logStreamName")
    if current:
        numbered.setdefault(current, len(past) + 1)
    return [Stream(name, group, number) for name, number in numbered.items()]


class Reading:
    """Reads a stream from its beginning on, as far as it goes, as often as it is asked.

    Parameters
    ----------
    clients : Clients
    stream : Stream
    """

    def __init__(self, clients: Clients, stream: Stream) -> None:
        self.stream = stream
        self._clients = clients
        self._token: dict[str, str] = {}

    def more(self) -> Iterator[Event]:
        """Yield what was written and not read yet, the oldest first; nothing if there is no such stream (yet).

        Raises
        ------
        ExecutorError
            AWS refuses.
        """
        stream = self.stream
        logs = self._clients.get("logs")
        while True:
            with asking(f"reading the log {stream.name!r}"):
                try:
                    page = logs.get_log_events(
                        logGroupName=stream.group,
                        logStreamName=stream.name,
                        startFromHead=True,
                        limit=_PAGE,
                        **self._token,
                    )
                except Exception as error:
                    if _is_missing(error):
                        return
                    raise
            before = self._token.get("nextToken")
            if page.get("nextForwardToken"):
                self._token = {"nextToken": page["nextForwardToken"]}
            yield from (Event(int(each["timestamp"]), str(each["message"])) for each in page["events"])
            # The end is where the token stays the same; a page without events need not be it.
            if self._token.get("nextToken") == before:
                return


def tail(clients: Clients, description: Mapping[str, Any], lines: int = 50) -> str:
    """Return the end of what the last attempt of a job wrote, for a report of its failure.

    It raises nothing: that a log cannot be read must not hide why the job failed. The log of a job that ended a moment
    ago is waited for, up to five seconds from then.

    Parameters
    ----------
    clients : Clients
    description : mapping
        What `describe_jobs` says of the job.
    lines : int
        At most so many.

    Returns
    -------
    str
        Lines; nothing if there is no log.
    """
    found = streams(description)
    if not found:
        return ""
    until = int(description.get("stoppedAt") or 0) / 1000 + _ON_THEIR_WAY_S
    try:
        while not (events := _last_events(clients, found[-1], lines)) and time.time() < until:
            time.sleep(_LOOK_AGAIN_S)
    except Exception as error:
        problem = error if isinstance(error, ExecutorError) else explained(error, "reading the log")
        return f"(The log cannot be read. {problem or error})"
    return "\n".join(str(each["message"]).rstrip("\n") for each in events[-lines:])


def _last_events(clients: Clients, stream: Stream, most: int) -> list[Mapping[str, Any]]:
    try:
        page = clients.get("logs").get_log_events(
            logGroupName=stream.group, logStreamName=stream.name, startFromHead=False, limit=most
        )
    except Exception as error:
        if _is_missing(error):
            return []
        raise
    return list(page["events"])


def _is_missing(error: BaseException) -> bool:
    return code_of(error) == "ResourceNotFoundException"
