"""What is asked of a repository whose records are sent, as standard SQL with `?` for each parameter.

Floor: transfer. As in `recorder.reader_sql`, each question is answered by a key or an index, and whole tables are read
in pages, in the order of their keys. `{ids}` stands for a list of parameters.
"""

from __future__ import annotations

ALL_EXECUTIONS = "SELECT key FROM execution WHERE key > ? ORDER BY key LIMIT ?"
EXECUTIONS = (
    "SELECT key, id, argv, task, status, started, ended, heartbeat, host, pid, version, error"
    " FROM execution WHERE key IN ({ids})"
)
KEYS = "SELECT key FROM execution WHERE id IN ({ids})"
COUNT_JOBS = "SELECT COUNT(*) FROM job WHERE execution = ?"

JOB_KEYS = (
    "SELECT j.number, j.eval_hash, t.hash, j.call_hash FROM job j JOIN task t ON t.key = j.task"
    " WHERE j.execution = ? AND j.number > ? ORDER BY j.number LIMIT ?"
)
JOBS = (
    "SELECT j.number, j.parent, t.hash, j.eval_hash, j.call_hash, j.status, j.reason, j.executor, j.started,"
    " j.duration FROM job j JOIN task t ON t.key = j.task"
    " WHERE j.execution = ? AND j.number > ? ORDER BY j.number LIMIT ?"
)
ATTEMPTS = (
    "SELECT number, attempt, error, cause, started, duration FROM attempt"
    " WHERE execution = ? AND (number, attempt) > (?, ?) ORDER BY number, attempt LIMIT ?"
)
OUTPUTS = (
    "SELECT number, stream, text, dropped FROM output"
    " WHERE execution = ? AND (number, stream) > (?, ?) ORDER BY number, stream LIMIT ?"
)

ALL_CALLS = "SELECT hash FROM call_node WHERE hash > ? ORDER BY hash LIMIT ?"
PRESENT_CALLS = "SELECT hash FROM call_node WHERE hash IN ({ids})"
CALLS = (
    "SELECT c.hash, t.hash, c.eval_hash, c.value_hash, c.task_set, c.failed, c.created"
    " FROM call_node c JOIN task t ON t.key = c.task WHERE c.hash IN ({ids})"
)
FOREIGN_CALLS = "SELECT hash FROM foreign_call WHERE hash IN ({ids})"
EDGES = "SELECT parent, child FROM call_edge WHERE parent IN ({ids}) ORDER BY parent, position"

ARGUMENTS = (
    "SELECT eval_hash, position, name, value_hash FROM argument"
    " WHERE eval_hash IN ({ids}) ORDER BY eval_hash, position"
)
FLOWS = (
    "SELECT eval_hash, position, source FROM flow"
    " WHERE eval_hash IN ({ids}) ORDER BY eval_hash, position, source"
)
EVALUATIONS = "SELECT eval_hash, value_hash FROM evaluation WHERE eval_hash IN ({ids})"
FOREIGN_EVALUATIONS = (
    "SELECT eval_hash, value_hash FROM foreign_evaluation"
    " WHERE eval_hash IN ({ids}) ORDER BY eval_hash, value_hash"
)

ALL_VALUES = "SELECT hash FROM value WHERE hash > ? ORDER BY hash LIMIT ?"
PRESENT_VALUES = "SELECT hash FROM value WHERE hash IN ({ids})"
PARTS = "SELECT parent, child FROM subvalue WHERE parent IN ({ids}) ORDER BY parent, child"
SIZES = "SELECT hash, size FROM value WHERE hash IN ({ids})"
VALUES = (
    "SELECT v.hash, v.type, v.size, v.preview, v.format, v.flags, v.blob, v.store, v.signature,"
    " f.blob, f.store, f.signature, f.hash"
    " FROM value v LEFT JOIN foreign_value f ON f.hash = v.hash WHERE v.hash IN ({ids})"
)
ALL_FILES = (
    "SELECT path, value_hash FROM file WHERE (path, value_hash) > (?, ?) ORDER BY path, value_hash LIMIT ?"
)

ALL_TASKS = "SELECT hash FROM task WHERE hash > ? ORDER BY hash LIMIT ?"
TASKS = "SELECT key, hash, namespace, name, parameters, source, file, line, version FROM task WHERE hash IN ({ids})"
TASK_PARTS = "SELECT task, kind, name, digest, via, code FROM task_part WHERE task IN ({ids}) ORDER BY task, kind, name"
CODES = "SELECT hash, text FROM code WHERE hash IN ({ids})"
TASK_SETS = "SELECT hash, task_hash FROM task_set WHERE hash IN ({ids}) ORDER BY hash, task_hash"

ALL_HANDLES = "SELECT hash FROM handle WHERE hash > ? ORDER BY hash LIMIT ?"
HANDLES = "SELECT hash, fullname, key, valid FROM handle WHERE hash IN ({ids})"
HANDLE_EDGES = "SELECT parent, child FROM handle_edge WHERE parent IN ({ids}) ORDER BY parent, child"

TAGS = "SELECT entity, id, key, value FROM tag WHERE entity = ? AND id IN ({ids}) ORDER BY id, key, value"
JOB_TAGS = "SELECT entity, id, key, value FROM tag WHERE entity = 'job' AND id BETWEEN ? AND ? ORDER BY id, key, value"
REMOVED_TAGS = (
    "SELECT entity, id, key, value, removed FROM tag_removed WHERE entity = ? AND id IN ({ids})"
    " ORDER BY id, key, value"
)
REMOVED_JOB_TAGS = (
    "SELECT entity, id, key, value, removed FROM tag_removed WHERE entity = 'job' AND id BETWEEN ? AND ?"
    " ORDER BY id, key, value"
)
ALL_TAGS = (
    "SELECT entity, id, key, value FROM tag WHERE entity = ? AND (id, key, value) > (?, ?, ?)"
    " ORDER BY id, key, value LIMIT ?"
)
ALL_REMOVED_TAGS = (
    "SELECT entity, id, key, value, removed FROM tag_removed WHERE entity = ? AND (id, key, value) > (?, ?, ?)"
    " ORDER BY id, key, value LIMIT ?"
)
