"""Which jobs there are on AWS Batch, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from redun_executor_batch.clients import Clients
from redun_executor_batch.commands.sections import BatchSection
from redun_executor_batch.denials import asking
from redun_executor_batch.fate import ENDED, IN_FLIGHT
from redun_executor_batch.tags import EXECUTION_TAG, JOB_TAG, TASK_TAG
from redun_executor_batch.watching import hundreds

__all__ = ["STATUSES", "BatchJob", "described", "jobs_of", "parts_of"]

STATUSES = IN_FLIGHT + ENDED


@attrs.frozen
class BatchJob:
    """A job as AWS describes it.

    Attributes
    ----------
    executor : str
        The name of the executor whose queue it was found in.
    clients : Clients
        By which to ask more of it.
    description : mapping
        What `describe_jobs` says.
    """

    executor: str
    clients: Clients
    description: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id that Batch gave it."""
        return str(self.description["jobId"])

    @property
    def status(self) -> str:
        """One of `STATUSES`."""
        return str(self.description["status"])

    @property
    def redun_job(self) -> str:
        """The id of redun's job; that of the execution alone for an array."""
        return self._tag(JOB_TAG) or self._tag(EXECUTION_TAG)

    @property
    def task(self) -> str:
        """The name of the task."""
        return self._tag(TASK_TAG)

    @property
    def size(self) -> int:
        """How many jobs an array has; 0 for any other job."""
        return int((self.description.get("arrayProperties") or {}).get("size") or 0)

    @property
    def created_s(self) -> float:
        """When it was submitted, in seconds since the epoch."""
        return float(self.description.get("createdAt") or 0) / 1000

    def with_tags(self, tags: Mapping[str, str]) -> BatchJob:
        """Return it with further tags: AWS says those of an array of the array alone."""
        all_tags = {**(self.description.get("tags") or {}), **tags}
        return attrs.evolve(self, description={**self.description, "tags": all_tags})

    def _tag(self, key: str) -> str:
        return str((self.description.get("tags") or {}).get(key, ""))


def jobs_of(section: BatchSection, statuses: Sequence[str], queues: Sequence[str] = ()) -> Iterator[BatchJob]:
    """Yield the jobs of an executor, those that were submitted last first within each state.

    Parameters
    ----------
    section : BatchSection
    statuses : sequence of str
        The states to look for.
    queues : sequence of str
        Where to look; by default in the executor's own queue.

    Raises
    ------
    ExecutorError
        AWS refuses, or has no such queue.
    """
    clients, prefix = section.clients, section.prefix
    # A job that goes on to the next state meanwhile is listed in both.
    seen: set[str] = set()
    for queue in queues or (section.queue,):
        for status in statuses:
            with asking(f"listing the jobs of the queue {queue!r}"):
                pages = clients.get("batch").get_paginator("list_jobs")
                listed = [
                    summary["jobId"]
                    for page in pages.paginate(jobQueue=queue, jobStatus=status)
                    for summary in page["jobSummaryList"]
                    if summary["jobName"].startswith(prefix) and summary["jobId"] not in seen
                ]
            seen.update(listed)
            for description in described(clients, listed):
                yield BatchJob(section.name, clients, description)


def described(clients: Clients, ids: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Yield what AWS says of jobs, in their order; nothing of those that it has forgotten, a week after their end."""
    for chunk in hundreds(list(ids)):
        with asking("describing jobs"):
            found = {each["jobId"]: each for each in clients.get("batch").describe_jobs(jobs=chunk)["jobs"]}
        yield from (found[each] for each in chunk if each in found)


def parts_of(job: BatchJob) -> Iterator[BatchJob]:
    """Yield the jobs of an array or the nodes of a multi-node job; of any other the job itself."""
    nodes = job.description.get("nodeProperties") or {}
    if job.size:
        ids = [f"{job.id}:{index}" for index in range(job.size)]
    elif nodes.get("numNodes") and "#" not in job.id:
        ids = [f"{job.id}#{index}" for index in range(int(nodes["numNodes"]))]
    else:
        yield job
        return
    inherited = job.description.get("tags") or {}
    for description in described(job.clients, ids):
        yield BatchJob(job.executor, job.clients, description).with_tags(inherited)
