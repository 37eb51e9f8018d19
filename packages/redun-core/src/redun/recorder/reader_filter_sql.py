"""The questions of `reader_filters`, put together so that each combination is answered by a key or an index.

Floor: recorder.
"""

from __future__ import annotations

from redun.recorder.reader_columns import EXECUTION, JOB
from redun.recorder.reader_records import Kind

__all__ = [
    "ARGUMENT",
    "COUNTS",
    "ENDED_BADLY",
    "ENDED_BADLY_ANYWHERE",
    "EXECUTIONS_BEFORE",
    "EXECUTIONS_BY_IDS",
    "EXECUTIONS_BY_KEYS",
    "EXECUTOR",
    "OF_TASK",
    "RESULT",
    "RUNNING_EXECUTIONS",
    "RUNNING_JOBS",
    "SINCE",
    "TAGGED",
    "TAGGED_KEY",
    "TASK_KEYS_BY_HASH",
    "TASK_KEYS_BY_NAME",
    "UNTIL",
    "count_if",
    "executions_with_job",
    "job_if",
    "jobs_if",
    "status_in",
]

EXECUTIONS_BEFORE = (
    EXECUTION + "WHERE (started, key) < (?, ?) AND started >= ? ORDER BY started DESC, key DESC LIMIT ?"
)
EXECUTIONS_BY_KEYS = EXECUTION + "WHERE key IN ({ids})"
EXECUTIONS_BY_IDS = EXECUTION + "WHERE id IN ({ids})"
TAGGED = "SELECT id FROM tag WHERE key = ? AND value = ? AND entity = ? LIMIT ?"
TAGGED_KEY = "SELECT id FROM tag WHERE key = ? AND entity = ? ORDER BY value LIMIT ?"
TASK_KEYS_BY_NAME = "SELECT key, namespace FROM task WHERE name = ?"
TASK_KEYS_BY_HASH = "SELECT key FROM task WHERE hash BETWEEN ? AND ?"

ENDED_BADLY_ANYWHERE = "SELECT execution, number FROM job WHERE status > 2 AND status = ? LIMIT ?"
RUNNING_EXECUTIONS = "SELECT key FROM execution WHERE status = 0"
RUNNING_JOBS = "SELECT execution, number FROM job WHERE execution = ? AND status = 0 LIMIT ?"

# Conditions on a job `j`. Saying `status > 2` in so many words lets the partial index be used.
ENDED_BADLY = " AND j.status > 2 AND j.status = ?"
OF_TASK = " AND j.task = ?"
SINCE = " AND j.started >= ?"
UNTIL = " AND j.started < ?"
EXECUTOR = " AND j.executor = ?"
RESULT = " AND EXISTS (SELECT 1 FROM call_node c WHERE c.hash = j.call_hash AND c.value_hash = ?)"
ARGUMENT = " AND EXISTS (SELECT 1 FROM argument a WHERE a.eval_hash = j.eval_hash AND a.value_hash = ?)"


def status_in(number: int) -> str:
    """Return the condition that a job is in one of so many states."""
    return f" AND j.status IN ({', '.join('?' * number)})"


def jobs_if(conditions: str) -> str:
    """Return the question for the jobs of an execution after a number."""
    return f"{JOB}WHERE j.execution = ? AND j.number > ?{conditions} ORDER BY j.number LIMIT ?"


def job_if(conditions: str) -> str:
    """Return the question for one job."""
    return f"{JOB}WHERE j.execution = ? AND j.number = ?{conditions}"


def executions_with_job(conditions: str) -> str:
    """Return the question for those of some executions that have such a job."""
    exists = f"EXISTS (SELECT 1 FROM job j WHERE j.execution = e.key{conditions})"
    return f"SELECT e.key FROM execution e WHERE {exists} AND e.key IN ({{ids}})"


def count_if(conditions: str) -> str:
    """Return the question for the number of an execution's jobs."""
    return f"SELECT COUNT(*) FROM job j WHERE j.execution = ?{conditions}"


COUNTS = {
    kind: f"SELECT COUNT(*) FROM {table}"
    for kind, table in (
        (Kind.EXECUTION, "execution"),
        (Kind.JOB, "job"),
        (Kind.CALL, "call_node"),
        (Kind.TASK, "task"),
        (Kind.VALUE, "value"),
        (Kind.FILE, "file"),
    )
}
"""Each counts the entries of the smallest index."""
