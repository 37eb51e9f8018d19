"""The statements that take held records into a record, in order.

Floor: transfer. What others refer to comes first. Each statement runs for a span of keys, `{span}`. What is not trusted
goes where the cache does not look: payloads to `foreign_value`, results to `foreign_evaluation`, calls are marked in
`foreign_call`. What the record has of its own stays as it is.
"""

from __future__ import annotations

from typing import NamedTuple

from redun.transfer.payloads import FOREIGN

__all__ = ["STAGES", "TAGS", "Stage"]


class Stage(NamedTuple):
    """What is done for each span of the keys of a table that is held; `counted` statements bring records."""

    table: str
    key: str
    statements: tuple[str, ...]
    counted: tuple[int, ...] = (0,)


# What has a mark is a stranger's; what has none, and is there, is ours.
_OURS_VALUE = (
    "(EXISTS (SELECT 1 FROM main.value o WHERE o.hash = {0})"
    " AND NOT EXISTS (SELECT 1 FROM main.foreign_value m WHERE m.hash = {0}))"
)
_OURS_CALL = (
    "(EXISTS (SELECT 1 FROM main.call_node o WHERE o.hash = {0})"
    " AND NOT EXISTS (SELECT 1 FROM main.foreign_call m WHERE m.hash = {0}))"
)
_STORE = "substr(lower(hex(i.hash)), 1, 2) || '/' || substr(lower(hex(i.hash)), 3)"
_HAS_PAYLOAD = "(i.blob IS NOT NULL OR i.large)"

_FOREIGN = "(NOT :trusted OR i.others)"

_CODE = [
    "INSERT INTO main.code (hash, text) SELECT hash, text FROM incoming.code i WHERE {span} ON CONFLICT DO NOTHING"
]

_TASK = [
    "INSERT INTO main.task (hash, namespace, name, parameters, source, file, line, version)"
    " SELECT hash, namespace, name, parameters, source, file, number, version FROM incoming.task i"
    " WHERE {span} ORDER BY hash ON CONFLICT DO NOTHING",
    "INSERT INTO main.task_part (task, kind, name, digest, via, code)"
    " SELECT t.key, p.kind, p.name, p.digest, p.via, p.code FROM incoming.task i"
    " JOIN incoming.task_part p ON p.task = i.hash JOIN main.task t ON t.hash = i.hash"
    " WHERE {span} AND NOT EXISTS (SELECT 1 FROM main.task_part o WHERE o.task = t.key)"
    " ON CONFLICT DO NOTHING",
]

_TASK_SET = [
    "INSERT INTO main.task_set (hash, task_hash) SELECT hash, task_hash FROM incoming.task_set i"
    " WHERE {span} ON CONFLICT DO NOTHING"
]

_FOREIGN_VALUE = [
    # The mark comes before the value, by which it is told whether that is ours.
    "INSERT INTO main.foreign_value (hash, repository, format, flags, blob, store, signature)"
    f" SELECT i.hash, :repository, i.format, i.flags, i.blob, CASE WHEN i.large THEN '{FOREIGN}/' || {_STORE} END,"
    " i.signature"
    f" FROM incoming.value i WHERE {{span}} AND {{foreign}} AND NOT {_OURS_VALUE.format('i.hash')} ORDER BY i.hash"
    " ON CONFLICT (hash) DO UPDATE SET format = excluded.format, flags = excluded.flags, blob = excluded.blob,"
    " store = excluded.store, signature = excluded.signature"
    " WHERE foreign_value.blob IS NULL AND foreign_value.store IS NULL"
    " AND (excluded.blob IS NOT NULL OR excluded.store IS NOT NULL)",
    # The text of an error is shown, and nobody unpickles it.
    "INSERT INTO main.value (hash, type, size, preview, format, flags, blob)"
    " SELECT i.hash, i.type, i.size, i.preview, i.format, i.flags, CASE WHEN i.format = 1 THEN i.blob END"
    " FROM incoming.value i"
    " WHERE {span} AND {foreign} ORDER BY i.hash"
    " ON CONFLICT (hash) DO UPDATE SET type = excluded.type, size = excluded.size, preview = excluded.preview,"
    " format = excluded.format, flags = excluded.flags, blob = excluded.blob"
    " WHERE value.blob IS NULL AND value.store IS NULL AND value.size < excluded.size"
    " AND EXISTS (SELECT 1 FROM main.foreign_value m WHERE m.hash = value.hash)",
]

_TRUSTED_VALUE = [
    "INSERT INTO main.value (hash, type, size, preview, format, flags, blob, store, signature)"
    f" SELECT i.hash, i.type, i.size, i.preview, i.format, i.flags, i.blob, CASE WHEN i.large THEN {_STORE} END,"
    " i.signature FROM incoming.value i WHERE {span} AND NOT {foreign} ORDER BY i.hash"
    " ON CONFLICT (hash) DO UPDATE SET type = excluded.type, size = excluded.size, preview = excluded.preview,"
    " format = excluded.format, flags = excluded.flags, blob = excluded.blob, store = excluded.store,"
    " signature = excluded.signature WHERE value.blob IS NULL AND value.store IS NULL AND (excluded.blob IS NOT NULL"
    " OR excluded.store IS NOT NULL OR value.size < excluded.size)",
    "DELETE FROM main.foreign_value WHERE hash IN (SELECT i.hash FROM incoming.value i"
    f" WHERE {{span}} AND NOT {{foreign}} AND {_HAS_PAYLOAD})",
]

_PARTS = [
    "INSERT INTO main.subvalue (parent, child) SELECT i.parent, i.child FROM incoming.subvalue i"
    f" WHERE {{span}} AND (:trusted OR NOT {_OURS_VALUE.format('i.parent')}) ON CONFLICT DO NOTHING"
]
_FILES = [
    "INSERT INTO main.file (path, value_hash) SELECT i.path, i.value_hash FROM incoming.file i"
    f" WHERE {{span}} AND (:trusted OR NOT {_OURS_VALUE.format('i.value_hash')}) ON CONFLICT DO NOTHING"
]

_EVALUATION = [
    # A cache key that we know has its arguments already.
    "INSERT INTO main.argument (eval_hash, position, name, value_hash)"
    " SELECT a.eval_hash, a.position, a.name, a.value_hash FROM incoming.evaluation i"
    " JOIN incoming.argument a ON a.eval_hash = i.hash WHERE {span}"
    " AND NOT EXISTS (SELECT 1 FROM main.argument o WHERE o.eval_hash = i.hash)"
    " AND NOT EXISTS (SELECT 1 FROM main.evaluation o WHERE o.eval_hash = i.hash) ON CONFLICT DO NOTHING",
    "INSERT INTO main.evaluation (eval_hash, value_hash) SELECT i.hash, i.result FROM incoming.evaluation i"
    " WHERE {span} AND :trusted AND i.result IS NOT NULL ON CONFLICT DO NOTHING",
    # Also a trusted result that differs from ours: nothing is lost, and ours is the one that counts.
    "INSERT INTO main.foreign_evaluation (eval_hash, value_hash, repository)"
    " SELECT i.hash, i.result, :repository FROM incoming.evaluation i WHERE {span} AND i.result IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM main.evaluation o WHERE o.eval_hash = i.hash AND o.value_hash = i.result)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO main.foreign_evaluation (eval_hash, value_hash, repository)"
    " SELECT r.eval_hash, r.value_hash, :repository FROM incoming.evaluation i"
    " JOIN incoming.result r ON r.eval_hash = i.hash WHERE {span} AND NOT EXISTS"
    " (SELECT 1 FROM main.evaluation o WHERE o.eval_hash = r.eval_hash AND o.value_hash = r.value_hash)"
    " ON CONFLICT DO NOTHING",
    "DELETE FROM main.foreign_evaluation WHERE (eval_hash, value_hash) IN (SELECT i.hash, i.result"
    " FROM incoming.evaluation i WHERE {span} AND :trusted AND EXISTS (SELECT 1 FROM main.evaluation o"
    " WHERE o.eval_hash = i.hash AND o.value_hash = i.result))",
]

_FOREIGN_CALL = [
    "INSERT INTO main.foreign_call (hash, repository) SELECT i.hash, :repository FROM incoming.call_node i"
    f" WHERE {{span}} AND {{foreign}} AND NOT {_OURS_CALL.format('i.hash')} ON CONFLICT DO NOTHING",
]
_CALL = [
    "INSERT INTO main.call_node (hash, task, eval_hash, value_hash, task_set, failed, created)"
    " SELECT i.hash, t.key, i.eval_hash, i.value_hash, i.task_set, i.failed, i.created"
    " FROM incoming.call_node i JOIN main.task t ON t.hash = i.task WHERE {span} ORDER BY i.hash"
    " ON CONFLICT (hash) DO UPDATE SET created = excluded.created WHERE excluded.created < call_node.created"
    " AND (:trusted OR EXISTS (SELECT 1 FROM main.foreign_call m WHERE m.hash = call_node.hash))",
    "INSERT INTO main.call_edge (parent, position, child) SELECT e.parent, e.position, e.child"
    " FROM incoming.call_node i JOIN incoming.call_edge e ON e.parent = i.hash WHERE {span}"
    " ON CONFLICT DO NOTHING",
]
_TRUSTED_CALL = [
    "DELETE FROM main.foreign_call WHERE hash IN"
    " (SELECT i.hash FROM incoming.call_node i WHERE {span} AND NOT {foreign})"
]
_FLOWS = [
    "INSERT INTO main.flow (eval_hash, position, source) SELECT i.eval_hash, i.position, i.source"
    " FROM incoming.flow i WHERE {span} ON CONFLICT DO NOTHING"
]

# States of handles only ever serve the cache, so those of strangers are left where they are.
_HANDLE = [
    "INSERT INTO main.handle (hash, fullname, key, valid) SELECT hash, fullname, key, valid"
    " FROM incoming.handle i WHERE {span} AND :trusted ON CONFLICT DO NOTHING",
]
_HANDLE_EDGE = [
    "INSERT INTO main.handle_edge (parent, child) SELECT parent, child FROM incoming.handle_edge i"
    " WHERE {span} AND :trusted ON CONFLICT DO NOTHING"
]

_TAG_IS_OURS = (
    "CASE i.entity"
    " WHEN 'execution' THEN NOT EXISTS (SELECT 1 FROM main.execution e"
    " JOIN main.origin g ON g.execution = e.key WHERE e.id = i.id)"
    " WHEN 'job' THEN NOT EXISTS (SELECT 1 FROM main.execution e"
    " JOIN main.origin g ON g.execution = e.key WHERE e.id = substr(i.id, 1, 16))"
    f" WHEN 'value' THEN {_OURS_VALUE.format('i.id')}"
    f" WHEN 'call' THEN {_OURS_CALL.format('i.id')}"
    " ELSE false END"
)
_TAG = [
    # Strangers do not tag what is ours, and what somebody took away does not come back.
    "INSERT INTO main.tag (entity, id, key, value) SELECT i.entity, i.id, i.key, i.value FROM incoming.tag i"
    f" WHERE {{span}} AND (:trusted OR NOT {_TAG_IS_OURS}) AND NOT EXISTS (SELECT 1 FROM main.tag_removed r"
    " WHERE r.entity = i.entity AND r.id = i.id AND r.key = i.key AND r.value = i.value) ON CONFLICT DO NOTHING"
]
_TAG_REMOVED = [
    "INSERT INTO main.tag_removed (entity, id, key, value, removed)"
    " SELECT i.entity, i.id, i.key, i.value, i.removed FROM incoming.tag_removed i WHERE {span} AND :trusted"
    " ON CONFLICT (entity, id, key, value) DO UPDATE SET removed = excluded.removed"
    " WHERE excluded.removed > tag_removed.removed",
    "DELETE FROM main.tag WHERE (entity, id, key, value) IN (SELECT i.entity, i.id, i.key, i.value"
    " FROM incoming.tag_removed i WHERE {span} AND :trusted)",
]


def _stage(table: str, key: str, statements: list[str], counted: tuple[int, ...] = (0,)) -> Stage:
    span = f"i.{key} > :first AND i.{key} <= :last"
    texts = [text.replace("{span}", span).replace("{foreign}", _FOREIGN) for text in statements]
    return Stage(table, key, tuple(texts), counted)


STAGES = (
    _stage("code", "hash", _CODE),
    _stage("task", "hash", _TASK),
    _stage("task_set", "hash", _TASK_SET, ()),
    _stage("value", "hash", [*_FOREIGN_VALUE, *_TRUSTED_VALUE], (1, 2)),
    _stage("subvalue", "parent", _PARTS, ()),
    _stage("file", "path", _FILES),
    _stage("handle", "hash", _HANDLE),
    _stage("handle_edge", "parent", _HANDLE_EDGE, ()),
    _stage("evaluation", "hash", _EVALUATION, (1, 2, 3)),
    _stage("call_node", "hash", [*_FOREIGN_CALL, *_CALL, *_TRUSTED_CALL], (1,)),
    _stage("flow", "eval_hash", _FLOWS, ()),
)
"""Before executions."""

TAGS = (
    _stage("tag", "id", _TAG),
    _stage("tag_removed", "id", _TAG_REMOVED, (1,)),
)
"""After executions."""
