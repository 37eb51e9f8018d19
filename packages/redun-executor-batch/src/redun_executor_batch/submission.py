"""Submitting to Batch, once: a request that may or may not have arrived is looked for before it is made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import random
from threading import Event
from time import time
from typing import TYPE_CHECKING, Any

from redun_executor_batch.denials import asking, code_of, is_throttled
from redun_executor_batch.job_definition import MAIN_NODE, other_nodes
from redun_executor_batch.watching import hundreds

if TYPE_CHECKING:
    from redun_executor_batch.clients import Clients
    from redun_executor_batch.options import JobOptions

__all__ = ["Submission", "job_name", "submit_request"]

ARRAY_SUFFIX = "-array"
SILENT = "REDUN_WITHOUT_RESULT"
"""Tells a worker, or the shell that runs a script, to leave the result to another machine."""

_LONGEST_WAIT_S = 60.0
# How often one submission is tried when AWS does not answer, or answers that it is at fault.
_ATTEMPTS = 6


def job_name(prefix: str, eval_hash: bytes, *, array: bool = False) -> str:
    """Return the name of the job that runs a call; of an array that of its first.

    Examples
    --------
    >>> job_name("redun-job", bytes(20))
    'redun-job-0000000000000000000000000000000000000000'
    """
    return f"{prefix}-{eval_hash.hex()}{ARRAY_SUFFIX if array else ''}"


def submit_request(
    name: str,
    definition: str,
    options: JobOptions,
    command: Sequence[str],
    environment: Mapping[str, str],
    tags: Mapping[str, str],
    *,
    array_size: int = 0,
) -> dict[str, Any]:
    """Return what `submit_job` is to be given.

    Parameters
    ----------
    name, definition : str
    options : JobOptions
    command : sequence of str
        What runs in the container; of a job on several nodes in each, but the main one alone writes the result.
    environment, tags : mapping
    array_size : int
        0 for a single job.

    Examples
    --------
    >>> from redun_executor_batch.options import JobOptions
    >>> options = JobOptions(image="tools:1", queue="spot", gpus=1, timeout=90.0)
    >>> request = submit_request("job", "definition:1", options, ["true"], {"A": "1"}, {})
    >>> request["containerOverrides"]["resourceRequirements"][1:]
    [{'type': 'MEMORY', 'value': '4096'}, {'type': 'GPU', 'value': '1'}]
    >>> request["timeout"]
    {'attemptDurationSeconds': 90}
    """
    request: dict[str, Any] = {
        "jobName": name,
        "jobQueue": options.queue,
        "jobDefinition": definition,
        "retryStrategy": {"attempts": options.attempts},
    }
    overrides = _overrides(options, command, environment)
    if options.num_nodes is None:
        request["containerOverrides"] = overrides
    else:
        nodes = [{"targetNodes": MAIN_NODE, "containerOverrides": overrides}]
        others = other_nodes(options.num_nodes)
        if others is not None:
            nodes.append(
                {
                    "targetNodes": others,
                    "containerOverrides": _overrides(options, command, {**environment, SILENT: "1"}),
                }
            )
        request["nodeOverrides"] = {"numNodes": options.num_nodes, "nodePropertyOverrides": nodes}
    if tags:
        request["tags"] = dict(tags)
        request["propagateTags"] = True
    if options.timeout_s is not None:
        request["timeout"] = {"attemptDurationSeconds": options.timeout_s}
    if options.share_id is not None:
        request["shareIdentifier"] = options.share_id
    if options.scheduling_priority_override is not None:
        request["schedulingPriorityOverride"] = options.scheduling_priority_override
    if array_size:
        request["arrayProperties"] = {"size": array_size}
    return request


def _overrides(options: JobOptions, command: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    needs = [
        {"type": "VCPU", "value": f"{options.vcpus:g}"},
        {"type": "MEMORY", "value": str(options.memory_mib)},
    ]
    if options.gpus:
        needs.append({"type": "GPU", "value": str(options.gpus)})
    return {
        "command": list(command),
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "resourceRequirements": needs,
    }


class Submission:
    """Submits jobs; safe from any thread.

    Batch has no way to say "only if I have not asked yet", so botocore's own retries are not used here: they would
    submit a job again whose first request arrived while the answer was lost.

    Parameters
    ----------
    clients : Clients
    ending : Event
        Set when waiting makes no sense any more.
    """

    def __init__(self, clients: Clients, ending: Event) -> None:
        self._clients = clients
        self._ending = ending
        self._batch = clients.without_retries("batch")

    def submit(self, request: Mapping[str, Any], mark: str) -> str:
        """Submit a job and return its id.

        Parameters
        ----------
        request : mapping
            See `submit_request`.
        mark : str
            A part of its command that no other job has.

        Raises
        ------
        ExecutorError
            Batch refuses, or does not answer for long.
        """
        asked_ms = (time() - _LONGEST_WAIT_S) * 1000
        failures = 0
        with asking(f"submitting to the queue {request['jobQueue']!r}"):
            while True:
                try:
                    return str(self._batch.submit_job(**request)["jobId"])
                except Exception as error:
                    throttled = is_throttled(error)
                    if not throttled and not _is_open(error):
                        raise
                    failures += 1
                    # Batch sees to it that throttling ends; what is wrong otherwise may never end.
                    if (failures >= _ATTEMPTS and not throttled) or self._ending.is_set():
                        raise
                self._ending.wait(min(_LONGEST_WAIT_S, 2.0 ** min(failures, 6)) * (0.5 + random() / 2))
                if not throttled:
                    found = self._find(request, mark, asked_ms)
                    if found is not None:
                        return found

    def _find(self, request: Mapping[str, Any], mark: str, since_ms: float) -> str | None:
        batch = self._clients.get("batch")
        name = request["jobName"]
        # With a filter Batch lists jobs of any status, the newest first.
        pages = batch.get_paginator("list_jobs").paginate(
            jobQueue=request["jobQueue"], filters=[{"name": "JOB_NAME", "values": [name]}]
        )
        jobs = [job["jobId"] for job in _listed(pages) if job.get("createdAt", since_ms) >= since_ms]
        for some in hundreds(jobs):
            for job in batch.describe_jobs(jobs=some)["jobs"]:
                if mark in " ".join(command_of(job)):
                    return str(job["jobId"])
        return None


def command_of(description: Mapping[str, Any]) -> list[str]:
    """Return the command of a job, of several nodes that of the main one."""
    container = description.get("container") or {}
    if container.get("command"):
        return list(container["command"])
    ranges = (description.get("nodeProperties") or {}).get("nodeRangeProperties") or []
    for each in ranges:
        command = (each.get("container") or {}).get("command")
        if command:
            return list(command)
    return []


def _listed(pages: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for page in pages:
        yield from page["jobSummaryList"]


def _is_open(error: Exception) -> bool:
    """Tell whether the request may have been obeyed, or may be obeyed another time."""
    from botocore.exceptions import ClientError, HTTPClientError

    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or code_of(error) == "ServerException"
    return isinstance(error, HTTPClientError)
