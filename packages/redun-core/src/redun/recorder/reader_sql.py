"""Every question that the reader and lineage ask, as standard SQL with `?` for each parameter.

Floor: recorder. Each one is answered by a primary key or an index, and a test holds them to that. `{ids}` stands
for a list of parameters (see `Database.many`).
"""

from __future__ import annotations

from redun.recorder.reader_columns import CALL as _CALL
from redun.recorder.reader_columns import EXECUTION as _EXECUTION
from redun.recorder.reader_columns import JOB as _JOB
from redun.recorder.reader_columns import TASK as _TASK
from redun.recorder.reader_columns import VALUE as _VALUE

EXECUTIONS = _EXECUTION + "ORDER BY started DESC, key DESC LIMIT ? OFFSET ?"
EXECUTION_BY_KEY = _EXECUTION + "WHERE key = ?"
EXECUTIONS_BY_ID = _EXECUTION + "WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"

JOB = _JOB + "WHERE j.execution = ? AND j.number = ?"
JOBS = _JOB + "WHERE j.execution = ? AND j.number > ? ORDER BY j.number LIMIT ?"
JOBS_OF_CALL = _JOB + "WHERE j.call_hash = ? ORDER BY j.execution DESC, j.number DESC LIMIT ?"
# Counted in the order of the index first: sorting a million rows takes three times as long.
STATUS_COUNTS = (
    "SELECT task, status, SUM(number) FROM"
    " (SELECT parent, task, status, COUNT(*) AS number FROM job WHERE execution = ? GROUP BY parent, task, status) g"
    " GROUP BY task, status ORDER BY task, status"
)
JOB_GROUPS = (
    "SELECT parent, task, status, COUNT(*) FROM job WHERE execution = ?"
    " GROUP BY parent, task, status ORDER BY parent, task, status LIMIT ?"
)
GROUPS_BELOW = (
    "SELECT task, status, COUNT(*) FROM job WHERE execution = ? AND parent = ?"
    " GROUP BY task, status ORDER BY task, status"
)
FIRST_BELOW = "SELECT MIN(number) FROM job WHERE execution = ? AND parent = ? AND task = ? GROUP BY status"
NUMBERS_BELOW = (
    "SELECT number FROM job WHERE execution = ? AND parent = ? AND task = ? ORDER BY status, number LIMIT ?"
)
ROOTS = "SELECT number FROM job WHERE execution = ? AND parent IS NULL"
PLACES = "SELECT number, parent, task FROM job WHERE execution = ? AND number IN ({ids})"
JOBS_BY_NUMBER = _JOB + "WHERE j.execution = ? AND j.number IN ({ids}) ORDER BY j.number"
JOBS_ENDED = _JOB + "WHERE j.status > 2 AND j.status = ? AND j.execution = ? ORDER BY j.number LIMIT ?"
LAST_NUMBER = "SELECT MAX(number) FROM job WHERE execution = ?"

CALLS = _CALL + "WHERE c.hash IN ({ids}) ORDER BY c.hash"
CALLS_BY_PREFIX = _CALL + "WHERE c.hash BETWEEN ? AND ? ORDER BY c.hash LIMIT ?"
# In the order of the index: sorting would mean to read them all, and a None has a million.
CALLS_OF_VALUE = _CALL + "WHERE c.value_hash = ? LIMIT ?"
CHILDREN = "SELECT child FROM call_edge WHERE parent = ? ORDER BY position LIMIT ?"
EDGES = (
    "SELECT parent, child FROM call_edge WHERE position < ? AND parent IN ({ids}) ORDER BY parent, position"
)
# A call asked for twice in one execution is one job with one parent; its other parents have edges to it.
PARENTS_IN_EXECUTION = (
    # Not as a join: PostgreSQL would rather go through all edges of the record than look up those of so many calls.
    "SELECT DISTINCT j.call_hash FROM job j WHERE j.execution = ?"
    " AND (SELECT COUNT(*) FROM call_edge g WHERE g.parent = j.call_hash AND g.child = ?) > 0"
)

TASKS_BY_KEY = _TASK + "WHERE key IN ({ids}) ORDER BY key"
TASKS_BY_PREFIX = _TASK + "WHERE hash BETWEEN ? AND ? ORDER BY hash LIMIT ?"
TASKS_BY_NAME = _TASK + "WHERE name = ? ORDER BY key DESC LIMIT ?"
TASKS = _TASK + "ORDER BY namespace, name, key"

VALUES = _VALUE + "WHERE hash IN ({ids}) ORDER BY hash"
VALUES_BY_PREFIX = _VALUE + "WHERE hash BETWEEN ? AND ? ORDER BY hash LIMIT ?"
# Walks the index of hashes: of a rare type, all of it.
VALUES_OF_TYPE = _VALUE + "WHERE hash > ? AND type IN (?, ?) ORDER BY hash LIMIT ?"
# Only for payloads that are text by their format; a pickle is never fetched.
TEXT_PAYLOAD = "SELECT blob FROM value WHERE hash = ? AND format = 1"

ARGUMENTS = (
    "SELECT a.eval_hash, a.position, a.name, v.hash, v.type, v.size, v.preview, v.format, v.flags"
    " FROM argument a JOIN value v ON v.hash = a.value_hash"
    " WHERE a.eval_hash IN ({ids}) ORDER BY a.eval_hash, a.position"
)
ARGUMENTS_OF_VALUE = (
    "SELECT eval_hash, position FROM argument WHERE value_hash = ? ORDER BY eval_hash, position LIMIT ?"
)
NAMED_ARGUMENTS_OF_VALUE = (
    "SELECT eval_hash, position, name FROM argument WHERE value_hash = ? ORDER BY eval_hash, position LIMIT ?"
)

FLOWS_OF = "SELECT source FROM flow WHERE eval_hash IN ({ids})"
FLOWS_TO = "SELECT source FROM flow WHERE eval_hash = ? AND position = ? ORDER BY source LIMIT ?"
FLOWS_FROM = "SELECT eval_hash, position FROM flow WHERE source = ? ORDER BY eval_hash, position LIMIT ?"
FLOWS_FROM_MANY = (
    "SELECT eval_hash, position FROM flow WHERE source IN ({ids}) ORDER BY source, eval_hash, position"
)

CONTAINERS = "SELECT parent FROM subvalue WHERE child = ? ORDER BY parent LIMIT ?"
PARTS = "SELECT child FROM subvalue WHERE parent = ? ORDER BY child LIMIT ?"

FILES = (
    "SELECT path, value_hash FROM file WHERE (path, value_hash) > (?, ?) ORDER BY path, value_hash LIMIT ?"
)
FILES_OF_PATH = "SELECT path, value_hash FROM file WHERE path = ? ORDER BY value_hash"
IS_READ = (
    "SELECT EXISTS (SELECT 1 FROM argument WHERE value_hash = ?)"
    " OR EXISTS (SELECT 1 FROM subvalue s JOIN argument a ON a.value_hash = s.parent WHERE s.child = ?)"
)

ATTEMPTS = (
    "SELECT attempt, error, cause, started, duration FROM attempt"
    " WHERE execution = ? AND number = ? ORDER BY attempt"
)
OUTPUTS = "SELECT stream, text, dropped FROM output WHERE execution = ? AND number = ? ORDER BY stream"
JOBS_WITH_OUTPUT = "SELECT DISTINCT number FROM output WHERE execution = ? ORDER BY number LIMIT ?"

TAGS = "SELECT id, key, value FROM tag WHERE entity = ? AND id IN ({ids}) ORDER BY id, key, value"
EVALUATION = "SELECT value_hash FROM evaluation WHERE eval_hash = ?"
# Calls that used other tasks; a call that used none is found by its own hash.
CALLS_OF_EVALUATION = _CALL + "WHERE c.eval_hash = ? AND c.task_set IS NOT NULL LIMIT ?"
EVALUATIONS = "SELECT eval_hash, value_hash FROM evaluation WHERE eval_hash IN ({ids}) ORDER BY eval_hash"
CALLS_OF_EVALUATIONS = _CALL + "WHERE c.task_set IS NOT NULL AND c.eval_hash IN ({ids}) ORDER BY c.eval_hash"
PARENTS = (
    "SELECT DISTINCT j.call_hash, p.call_hash FROM job j"
    " JOIN job p ON p.execution = j.execution AND p.number = j.parent"
    " WHERE p.call_hash IS NOT NULL AND j.call_hash IN ({ids})"
)
ARGUMENT_HASHES = (
    "SELECT eval_hash, position, name, value_hash FROM argument WHERE eval_hash IN ({ids})"
    " ORDER BY eval_hash, position"
)
# Those with the flag `ValueFlag.EXTERNAL`.
EXTERNAL_VALUES = _VALUE + "WHERE flags IN (2, 3, 6, 7) AND hash IN ({ids}) ORDER BY hash"
PLACES_OF_CALLS = "SELECT j.execution, j.number FROM job j WHERE j.call_hash IN ({ids})"
