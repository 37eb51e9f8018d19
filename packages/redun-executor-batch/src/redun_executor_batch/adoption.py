"""Jobs of earlier schedulers: those in flight, and finished ones whose results nobody has collected.

They are found by their names, which hold the hash of the call, and by where their command says that the result will be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from redun_executor_batch.array_calls import read_calls
from redun_executor_batch.denials import asking
from redun_executor_batch.fate import ENDED, IN_FLIGHT, State, state_of
from redun_executor_batch.sessions import VARIABLE
from redun_executor_batch.submission import ARRAY_SUFFIX, command_of
from redun_executor_batch.watching import hundreds

if TYPE_CHECKING:
    from redun_executor_batch.clients import Clients

__all__ = ["Adoption", "Found"]


@attrs.frozen
class Found:
    """A job that computes a call.

    Attributes
    ----------
    job_id : str
        Of Batch; the parent's for an array.
    index : int or None
        In the array.
    url : str
        Of the parcel.
    description : mapping
    """

    job_id: str
    index: int | None
    url: str
    description: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        """The job (of an array: all of them) has ended."""
        return state_of(self.description) is State.ENDED


class Adoption:
    """The jobs of one queue that others have submitted.

    Parameters
    ----------
    clients : Clients
    scratch : str
        Its URL.
    queue, prefix : str
        Whose jobs.
    sessions : mapping of str to float
        Sessions that have not ended, with the time that they began: finished jobs count only if they belong to one.
    """

    def __init__(
        self,
        clients: Clients,
        scratch: str,
        queue: str,
        prefix: str,
        sessions: Mapping[str, float],
    ) -> None:
        self._clients = clients
        self._queue = queue
        self._sessions = sessions
        # The place of a result stands in the command, also in that of a shell.
        single = rf"{re.escape(prefix)}-([0-9a-f]{{40}})"
        self._single = re.compile(single)
        self._array = re.compile(single + re.escape(ARRAY_SUFFIX))
        place = re.escape(scratch.rstrip("/"))
        self._parcel_url = re.compile(rf"{place}/jobs/[0-9a-f]{{40}}/[\w-]+")
        self._array_url = re.compile(rf"{place}/array_jobs/[\w-]+")
        self._singles: dict[str, list[str]] = {}
        self._children: dict[str, Found] = {}

    def look(self) -> None:
        """Ask Batch what there is.

        Raises
        ------
        ExecutorError
            It does not say.
        """
        arrays: list[str] = []
        with asking(f"looking for earlier jobs of the queue {self._queue!r}"):
            for job in self._listed():
                single, array = self._single.fullmatch(job["jobName"]), self._array.fullmatch(job["jobName"])
                if single:
                    self._singles.setdefault(single[1], []).append(job["jobId"])
                elif array and ":" not in job["jobId"]:
                    arrays.append(job["jobId"])
            for description in self._described(arrays):
                url = self._array_url.search(" ".join(command_of(description)))
                if url:
                    self._read(url[0], description)

    def __bool__(self) -> bool:
        return bool(self._singles or self._children)

    def take(self, hashes: Iterable[str]) -> dict[str, Found]:
        """Return the jobs that compute calls, by the hash of each; a job is given once.

        Raises
        ------
        ExecutorError
            Batch does not answer.
        """
        found: dict[str, Found] = {}
        asked: dict[str, str] = {}
        for eval_hash in hashes:
            child = self._children.pop(eval_hash, None)
            if child is not None:
                found[eval_hash] = child
            else:
                asked.update(dict.fromkeys(self._singles.pop(eval_hash, ()), eval_hash))
        if not asked:
            return found
        with asking(f"looking at earlier jobs of the queue {self._queue!r}"):
            for description in self._described(list(asked)):
                url = self._parcel_url.search(" ".join(command_of(description)))
                if url:
                    one = Found(description["jobId"], None, url[0], description)
                    eval_hash = asked[one.job_id]
                    found[eval_hash] = _better(one, found.get(eval_hash))
        return found

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        pages = self._clients.get("batch").get_paginator("list_jobs").paginate
        # In the order in which jobs pass through them: one that moves on while we look is met again.
        for status in IN_FLIGHT:
            for page in pages(jobQueue=self._queue, jobStatus=status):
                yield from page["jobSummaryList"]
        if self._sessions:
            # Batch's own filter by time takes milliseconds as text, and jobs of any status pass it.
            since_ms = int(min(self._sessions.values()) * 1000)
            filters = [{"name": "AFTER_CREATED_AT", "values": [str(since_ms)]}]
            for page in pages(jobQueue=self._queue, filters=filters):
                for job in page["jobSummaryList"]:
                    if job["status"] in ENDED and job.get("createdAt", since_ms) >= since_ms:
                        yield job

    def _described(self, job_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        for some in hundreds(list(dict.fromkeys(job_ids))):
            for description in self._clients.get("batch").describe_jobs(jobs=some)["jobs"]:
                if state_of(description) is not State.ENDED or self._session(description) in self._sessions:
                    yield description

    def _session(self, description: Mapping[str, Any]) -> str:
        container = description.get("container") or {}
        for variable in container.get("environment") or ():
            if variable.get("name") == VARIABLE:
                return str(variable.get("value"))
        return ""

    def _read(self, url: str, description: Mapping[str, Any]) -> None:
        for index, (eval_hash, parcel_url) in enumerate(read_calls(url)):
            one = Found(description["jobId"], index, parcel_url, description)
            self._children[eval_hash] = _better(one, self._children.get(eval_hash))


def _better(one: Found, other: Found | None) -> Found:
    """Return the job that is to be waited for: one in flight, else the newer one."""
    if other is None:
        return one
    return max((one, other), key=lambda found: (not found.ended, found.description.get("createdAt", 0)))
