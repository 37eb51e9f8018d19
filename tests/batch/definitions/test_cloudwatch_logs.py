"""Logs of jobs on AWS Batch."""

from __future__ import annotations

import threading
import time
import uuid

from redun_executor_batch.clients import Clients
from redun_executor_batch.logs import GROUP, Reading, Stream, streams, tail
from services.batch import LocalBatch

LINES = 10_500


def make_stream(clients: Clients, lines: int, name: str | None = None) -> str:
    name = name or f"tools/default/{uuid.uuid4().hex}"
    logs = clients.get("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
        logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=name)
    now = int(time.time() * 1000) - lines
    for start in range(0, lines, 7000):
        events = [
            {"timestamp": now + n, "message": f"line {n}"} for n in range(start, min(start + 7000, lines))
        ]
        logs.put_log_events(logGroupName=GROUP, logStreamName=name, logEvents=events)
    return name


def test_all_pages_are_read_once(aws: LocalBatch, clients: Clients) -> None:
    reading = Reading(clients, Stream(make_stream(clients, LINES)))
    assert [event.message for event in reading.more()] == [f"line {n}" for n in range(LINES)]
    assert list(reading.more()) == []
    assert aws.calls()["logs:GetLogEvents"] >= 2


def test_tail_is_the_end_of_the_last_attempt(aws: LocalBatch, clients: Clients) -> None:
    first, second = make_stream(clients, 3), make_stream(clients, 200)
    job = {
        "attempts": [{"container": {"logStreamName": name}} for name in (first, second)],
        "container": {"logStreamName": second},
    }
    assert [(stream.attempt, stream.name) for stream in streams(job)] == [(1, first), (2, second)]
    assert tail(clients, job, 3).splitlines() == ["line 197", "line 198", "line 199"]
    assert len(tail(clients, job).splitlines()) == 50
    assert aws.calls()["logs:GetLogEvents"] == 2


def test_tail_never_hides_why_a_job_failed(aws: LocalBatch, clients: Clients) -> None:
    assert tail(clients, {"jobId": "1", "status": "FAILED"}) == ""
    assert tail(clients, {"container": {"logStreamName": "no/such/stream"}}) == ""
    job = {"container": {"logStreamName": make_stream(clients, 1)}}
    aws.throttle("logs:GetLogEvents", 1, "AccessDeniedException", 400)
    said = tail(clients, job)
    assert said.startswith("(The log cannot be read. AWS Batch: reading the log: AWS denies it")
    assert "GetLogEvents" in said


def test_the_log_of_a_job_that_just_ended_is_waited_for(aws: LocalBatch, clients: Clients) -> None:
    name = f"tools/default/{uuid.uuid4().hex}"
    job = {"container": {"logStreamName": name}, "stoppedAt": int(time.time() * 1000)}
    late = threading.Timer(0.5, make_stream, (clients, 3, name))
    late.start()
    try:
        assert tail(clients, job).splitlines() == ["line 0", "line 1", "line 2"]
    finally:
        late.join()


def test_the_log_group_of_the_definition(clients: Clients) -> None:
    job = {"container": {"logStreamName": "a", "logConfiguration": {"options": {"awslogs-group": "mine"}}}}
    assert streams(job) == [Stream("a", "mine", 1)]
