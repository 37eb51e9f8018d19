"""Why a job ended is told from what Batch says of it."""

from __future__ import annotations

from typing import Any

import pytest
from redun.errors import JobCancelledError, JobLostError, JobMemoryError, JobTimeoutError
from redun_executor_batch.fate import State, fate_of, state_of


def failed(reason: str = "", exit_code: int | None = None, **more: Any) -> dict[str, Any]:
    container = {} if exit_code is None else {"exitCode": exit_code}
    return {"jobId": "j", "status": "FAILED", "statusReason": reason, "container": container, **more}


@pytest.mark.parametrize(
    ("description", "cause", "kind"),
    [
        (failed("Job attempt duration exceeded timeout", 137), "timeout", JobTimeoutError),
        (failed("Host EC2 (instance i-0abc) terminated."), "preempted", JobLostError),
        (failed("Host EC2 (instance i-0abc) terminated.", 143), "preempted", JobLostError),
        (failed("Essential container in task exited", 137), "memory", JobMemoryError),
        (
            failed("Essential container in task exited", 1)
            | {
                "container": {
                    "exitCode": 1,
                    "reason": "OutOfMemoryError: Container killed due to memory usage",
                }
            },
            "memory",
            JobMemoryError,
        ),
        (failed("stopped by ada", 143, isTerminated=True), "cancelled", JobCancelledError),
        (failed("stopped by ada", 137, isTerminated=True), "cancelled", JobCancelledError),
        (failed("stopped by ada", isCancelled=True), "cancelled", JobCancelledError),
        (failed("CannotPullContainerError: no such image tools:9"), "lost", JobLostError),
        (failed("Essential container in task exited", 1), "lost", JobLostError),
        ({"jobId": "j", "status": "SUCCEEDED"}, "lost", JobLostError),
    ],
)
def test_causes_are_told_apart(description: dict[str, Any], cause: str, kind: type[Exception]) -> None:
    fate = fate_of(description)
    assert fate.cause == cause
    error = fate.error("bio.align", "j")
    assert type(error) is kind
    assert "Task bio.align: the Batch job j" in str(error)


def test_the_last_attempt_counts() -> None:
    attempts = [
        {"container": {"exitCode": 137, "reason": "OutOfMemoryError"}},
        {"statusReason": "Host EC2 (instance i-1) terminated.", "container": {}},
    ]
    assert fate_of({"status": "FAILED", "statusReason": "", "attempts": attempts}).cause == "preempted"


def test_message_says_what_batch_says_and_shows_the_log() -> None:
    error = fate_of(failed("Essential container in task exited", 3)).error("align", "1b", "one\ntwo")
    assert str(error) == (
        "Task align: the Batch job 1b ended without a result (Essential container in task exited, exit code 3).\n"
        "The end of its log:\n  one\n  two"
    )


def test_states() -> None:
    states = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
    assert [state_of({"status": status}) for status in states] == [
        *[State.WAITING] * 4,
        State.RUNNING,
        *[State.ENDED] * 2,
    ]
