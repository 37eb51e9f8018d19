"""The questions of comparisons, as standard SQL with `?` for each parameter.

Floor: recorder. Each is answered by a key or an index; a test holds them to that.
"""

from __future__ import annotations

JOBS_IN_BRIEF = (
    "SELECT number, parent, task, eval_hash, call_hash, status, duration FROM job"
    " WHERE execution = ? AND number > ? ORDER BY number LIMIT ?"
)
ARGUMENT_HASHES = (
    "SELECT eval_hash, name, value_hash FROM argument WHERE eval_hash IN ({ids}) ORDER BY eval_hash, position"
)
RESULTS = "SELECT hash, value_hash FROM call_node WHERE hash IN ({ids})"
