"""The questions of explanations, as standard SQL with `?` for each parameter.

Floor: recorder. Each is answered by a key or an index; a test holds them to that.
"""

from __future__ import annotations

from redun.recorder.reader_columns import JOB as _JOB
from redun.recorder.reader_columns import TASK as _TASK

PARTS = (
    "SELECT t.hash, p.kind, p.name, p.digest, p.via, c.text FROM task t JOIN task_part p ON p.task = t.key"
    " LEFT JOIN code c ON c.hash = p.code WHERE t.hash IN ({ids})"
)
LAST_EXECUTION_OF_TASK = "SELECT MAX(execution) FROM job WHERE task = ? AND execution < ?"
ROOT_TASKS = "SELECT key, task FROM execution WHERE key IN ({ids})"
# By the index of the tree, unsorted: its order is by state first.
CHILDREN_OF_TASK = "SELECT number FROM job WHERE execution = ? AND parent = ? AND task = ? LIMIT ?"
ROOTS = "SELECT number FROM job WHERE execution = ? AND parent IS NULL AND task = ? LIMIT ?"

JOB_OF_CALL_IN = _JOB + "WHERE j.call_hash = ? AND j.execution = ? LIMIT 1"
JOB_OF_CALL_BEFORE = (
    _JOB + "WHERE j.call_hash = ? AND j.execution < ? ORDER BY j.execution DESC, j.number DESC LIMIT 1"
)
# A failed job without a reason replayed what its body had returned.
_MADE = _JOB + "WHERE j.call_hash = ? AND j.status IN (1, 3) AND j.reason <> 0 "
JOB_THAT_MADE = _MADE + "AND j.execution < ? ORDER BY j.execution DESC, j.number DESC LIMIT 1"
JOB_THAT_MADE_HERE = _MADE + "AND j.execution = ? AND j.number < ? ORDER BY j.number DESC LIMIT 1"
JOBS_OF_TASK_IN = _JOB + "WHERE j.task = ? AND j.execution = ? ORDER BY j.number LIMIT ?"
TASK_SETS = "SELECT c.hash, s.task_hash FROM call_node c JOIN task_set s ON s.hash = c.task_set WHERE c.hash IN ({ids})"
TASKS_BY_HASH = _TASK + "WHERE hash IN ({ids}) ORDER BY hash"
# Pickles too: they are taken apart as text (see `plain`), never loaded.
SMALL_PAYLOADS = "SELECT hash, format, blob FROM value WHERE size <= ? AND hash IN ({ids})"

ORIGIN = "SELECT repository FROM origin WHERE execution = ?"

# Of an execution: how many jobs of each task ran, and for which reason.
RAN = (
    "SELECT task, reason, COUNT(*) FROM job WHERE execution = ? AND status <> 2"
    " GROUP BY task, reason ORDER BY task, reason"
)
# The bound of `number` lets SQLite see that its index has them in this order.
_RAN = "SELECT number FROM job WHERE task = ? AND execution = ? AND status <> 2 AND number > 0 "
FIRST_THAT_RAN = _RAN + "ORDER BY number LIMIT ?"
LAST_THAT_RAN = _RAN + "ORDER BY number DESC LIMIT ?"
FIRST_FOR_REASON = _RAN + "AND reason = ? ORDER BY number LIMIT ?"
LAST_FOR_REASON = _RAN + "AND reason = ? ORDER BY number DESC LIMIT ?"
