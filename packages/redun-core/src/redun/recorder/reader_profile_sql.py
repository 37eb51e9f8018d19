"""What a report asks of an execution as a whole, as standard SQL with `?` for each parameter.

Floor: recorder. `{ids}` stands for a list of parameters (see `Database.many`).
"""

from __future__ import annotations

RAN_FOR = (
    "SELECT call_hash, MAX(duration) FROM job WHERE status = 1 AND call_hash IN ({ids}) GROUP BY call_hash"
)
JOB_ROWS = (
    "SELECT number, parent, task, status, reason, executor, started, duration, call_hash FROM job"
    " WHERE execution = ? AND number > ? ORDER BY number LIMIT ?"
)
EXTERNAL_RESULTS = (
    "SELECT j.number, v.hash FROM job j JOIN call_node c ON c.hash = j.call_hash"
    " JOIN value v ON v.hash = c.value_hash"
    " WHERE j.execution = ? AND j.number BETWEEN ? AND ? AND c.failed = 0 AND (v.flags & ?) <> 0 ORDER BY j.number"
)
EXTERNAL_PARTS = (
    "SELECT j.number, s.child FROM job j JOIN call_node c ON c.hash = j.call_hash"
    " JOIN subvalue s ON s.parent = c.value_hash"
    " WHERE j.execution = ? AND j.number BETWEEN ? AND ? AND c.failed = 0"
    " ORDER BY j.number, s.child"
)
CALLS_BETWEEN_TASKS = (
    "SELECT j.task, c.task, COUNT(*) FROM job j JOIN call_edge g ON g.parent = j.call_hash"
    " JOIN call_node c ON c.hash = g.child WHERE j.execution = ? AND j.status <> ? GROUP BY j.task, c.task"
    " ORDER BY j.task, c.task"
)
JOB_TAGS = "SELECT id, value FROM tag WHERE entity = 'job' AND id BETWEEN ? AND ? AND key = ?"
