"""One line per thing that happens.

Floor: command line. Everything here is text in, text out; `report.plain` and `report.live` decide where it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.recorder.batch import JobStatus, Reason
from redun.visible import visible, visible_lines

if TYPE_CHECKING:
    from redun.scheduler.events import AttemptView, JobView, Transition

__all__ = ["PREFIX", "REASONS", "WORDS", "call_text", "job_line", "prefixed", "would_run_line"]

PREFIX = "[redun] "

REASONS = {
    Reason.REPLAYED: "reason unknown",
    Reason.NEW: "no result is recorded for this code and these arguments",
    Reason.INVALID: "the recorded result no longer holds: a file changed or is gone",
    Reason.UNREADABLE: "the recorded result cannot be read any more",
    Reason.CACHE_OFF: "its cache is off",
    Reason.NO_CACHE: "the execution does not use earlier results",
    Reason.SECRET: "its recorded result holds a secret, which is not kept",
    Reason.UNTRUSTED: "the recorded result is not signed with a key that is accepted",
    Reason.CODE_BELOW: "the code of a task below it changed, or the context that it read, or a call below it failed",
}
WORDS = {
    Reason.NEW: "new",
    Reason.INVALID: "invalid",
    Reason.UNREADABLE: "lost",
    Reason.CACHE_OFF: "uncached",
    Reason.CODE_BELOW: "code",
    Reason.NO_CACHE: "uncached",
    Reason.SECRET: "secret",
    Reason.UNTRUSTED: "untrusted",
}
"""The same in one word, for lists."""

_MISSES = frozenset((Reason.INVALID, Reason.UNREADABLE, Reason.UNTRUSTED, Reason.CODE_BELOW))


def prefixed(text: str) -> str:
    """Put the prefix before each line, made visible, and end with a newline."""
    return "".join(f"{PREFIX}{line}".rstrip() + "\n" for line in visible_lines(text).split("\n"))


def call_text(job: JobView) -> str:
    """Render a call with all arguments by name."""
    return visible(f"{job.task_name}({', '.join([f'{name}={preview}' for name, preview in job.arguments])})")


def job_line(transition: Transition) -> str | None:
    """Return the line or lines about a job's new state, or None for states that have none."""
    job, status = transition
    if status is JobStatus.RUNNING:
        line = f"{PREFIX}Run    Job {job.id}:  {call_text(job)} on {job.executor}{_which(job.attempt)}\n"
        # A result was there and could not be used: the one case in which a run surprises.
        missed = job.reason in _MISSES
        return f"{PREFIX}Miss   Job {job.id}:  {REASONS[job.reason]}\n{line}" if missed else line
    if status is JobStatus.CACHED:
        return f"{PREFIX}Cached Job {job.id}:  {call_text(job)} (eval_hash={job.eval_hash[:8]})\n"
    if status is JobStatus.PENDING:
        return _retry_line(job) if job.waits_for is None else _wait_line(job, job.waits_for)
    if status is JobStatus.FAILED:
        return f"{PREFIX}Failed Job {job.id}:  {call_text(job)}\n"
    return None


def would_run_line(job: JobView) -> str:
    """Return the line about a job that a dry run did not run."""
    return f"Dryrun Job {job.id}:  {call_text(job)} on {job.executor}: {job.why or REASONS[job.reason]}"


def _which(attempt: AttemptView | None) -> str:
    return "" if attempt is None or attempt.number == 1 else f" (attempt {attempt.number} of {attempt.most})"


def _wait_line(job: JobView, execution: str) -> str:
    # Between two holders it is nobody's.
    whom = f"execution {execution[:8]}" if execution else "another execution"
    return f"{PREFIX}Wait   Job {job.id}:  {call_text(job)} for {whom}, which runs an equal call\n"


def _retry_line(job: JobView) -> str | None:
    attempt = job.attempt
    if attempt is None or attempt.delay_s is None or job.error is None:
        # It waits for units of a limit: the table shows that.
        return None
    # One line: the whole text comes with the failure, should the last attempt fail as well.
    return (
        f"{PREFIX}Retry  Job {job.id}:  attempt {attempt.number} of {attempt.most} failed ({visible(job.error_line)}); "
        f"the next in {attempt.delay_s:.1f} s\n"
    )
