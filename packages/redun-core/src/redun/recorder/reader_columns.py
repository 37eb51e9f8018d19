"""The columns of each kind of record, in the order in which `reader_rows` takes them.

Floor: recorder. What follows is a condition.
"""

from __future__ import annotations

EXECUTION = (
    "SELECT key, id, argv, task, status, started, ended, heartbeat, host, pid, version, error,"
    " (SELECT o.repository FROM origin o WHERE o.execution = execution.key) FROM execution "
)

JOB = (
    "SELECT j.execution, e.id, j.number, j.parent, t.namespace, t.name, t.hash, j.eval_hash, j.call_hash,"
    " j.status, j.reason, j.executor, j.started, j.duration, e.status, e.heartbeat, e.host, e.pid"
    " FROM job j JOIN execution e ON e.key = j.execution JOIN task t ON t.key = j.task "
)

CALL = (
    "SELECT c.hash, t.namespace, t.name, t.hash, c.eval_hash, c.value_hash, c.failed"
    " FROM call_node c JOIN task t ON t.key = c.task "
)

TASK = "SELECT key, hash, namespace, name, parameters, source, file, line, version FROM task "

VALUE = "SELECT hash, type, size, preview, format, flags FROM value "
