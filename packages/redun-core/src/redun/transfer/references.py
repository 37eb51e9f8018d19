"""Refuse records that do not hang together: all that they name must be among them, or in the record that gets them.

Floor: transfer. Asked of the held records in SQL, so that it does not matter how many there are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from redun.errors import RecorderError
from redun.hashing.keys import CHANCE, call_hash

__all__ = ["REFERENCES", "Reference", "check_references"]


class Reference(NamedTuple):
    """A column of a held table names rows of another one, which a message calls `noun`."""

    what: str
    table: str
    column: str
    target: str
    noun: str
    key: str = "hash"

    def question(self, some: str = "") -> str:
        """Return the question for references that lead nowhere."""
        return (
            f"SELECT r.line, r.{self.column} FROM incoming.{self.table} r WHERE r.{self.column} IS NOT NULL {some}"
            f" AND NOT EXISTS (SELECT 1 FROM incoming.{self.target} t WHERE t.{self.key} = r.{self.column})"
            f" AND NOT EXISTS (SELECT 1 FROM main.{self.target} t WHERE t.{self.key} = r.{self.column}) LIMIT 1"
        )

    def problem(self) -> str:
        """Return what is wrong with them."""
        return f"{self.what} names the {self.noun} {{}}, which is neither here nor in the record"


REFERENCES = (
    Reference("the task", "task_part", "code", "code", "code"),
    Reference("the value", "subvalue", "child", "value", "value"),
    Reference("the file", "file", "value_hash", "value", "value"),
    Reference("the evaluation", "evaluation", "task", "task", "task"),
    Reference("the evaluation", "evaluation", "result", "value", "value"),
    Reference("the evaluation", "result", "value_hash", "value", "value"),
    Reference("the evaluation", "argument", "value_hash", "value", "value"),
    Reference("the evaluation", "flow", "source", "call_node", "call"),
    Reference("the call", "call_node", "task", "task", "task"),
    Reference("the call", "call_node", "value_hash", "value", "value"),
    Reference("the call", "call_node", "task_set", "task_set", "set of tasks"),
    Reference("the call", "call_edge", "child", "call_node", "call"),
    Reference("the handle", "handle_edge", "child", "handle", "handle"),
    Reference("the job", "job", "task", "task", "task"),
    Reference("the job", "job", "call_hash", "call_node", "call"),
)
"""By which records hang together."""

_KEYED = "SELECT r.line, r.eval_hash FROM incoming.{table} r WHERE length(r.eval_hash) > 0 AND NOT EXISTS"
_SAME_TASK = " (SELECT 1 FROM incoming.evaluation e WHERE e.hash = r.eval_hash AND e.task = r.task) LIMIT 1"
_OF_JOB = (
    "SELECT r.line, r.{column} FROM incoming.{table} r WHERE {some} NOT EXISTS"
    " (SELECT 1 FROM incoming.{target}) LIMIT 1"
)
_JOB = "job j WHERE j.execution = r.execution AND j.number = r.{}"

_OTHERS = [
    (_KEYED.format(table="call_node") + _SAME_TASK, "no evaluation of its task has the call's key {}"),
    (_KEYED.format(table="job") + _SAME_TASK, "no evaluation of its task has the job's key {}"),
    (
        "SELECT r.line, r.call_hash FROM incoming.job r WHERE r.call_hash IS NOT NULL AND r.eval_hash <> COALESCE("
        "(SELECT c.eval_hash FROM incoming.call_node c WHERE c.hash = r.call_hash),"
        "(SELECT c.eval_hash FROM main.call_node c WHERE c.hash = r.call_hash)) LIMIT 1",
        "the job's key is not that of its call {}",
    ),
    (
        _OF_JOB.format(
            column="execution", table="job", some="", target="execution e WHERE e.id = r.execution"
        ),
        "the job is one of the execution {}, which is not here",
    ),
    (
        _OF_JOB.format(
            column="parent", table="job", some="r.parent IS NOT NULL AND", target=_JOB.format("parent")
        ),
        "the job's parent {} is not here",
    ),
    *(
        (
            _OF_JOB.format(column="number", table=table, some="", target=_JOB.format("number")),
            f"the {noun} is one of a job {{}}, which is not here",
        )
        for table, noun in (("attempt", "attempt"), ("output", "output"))
    ),
]

_TAGGED = {
    "execution": ("execution", "id"),
    "call": ("call_node", "hash"),
    "task": ("task", "hash"),
    "value": ("value", "hash"),
}
_GUARDED = (
    "SELECT line, hash, eval_hash, value_hash, task_set FROM incoming.call_node WHERE guarded ORDER BY hash"
)
_MEMBERS = (
    "SELECT task_hash FROM incoming.task_set WHERE hash = ?"
    " UNION SELECT task_hash FROM main.task_set WHERE hash = ?"
)
_CHILDREN = "SELECT child FROM incoming.call_edge WHERE parent = ?"


def check_references(connection: sqlite3.Connection, refuse: Callable[[int, str], RecorderError]) -> None:
    """Check what is held in the attached database `incoming`.

    Raises
    ------
    RecorderError
        What `refuse` makes of a line and what is wrong there.
    """
    for question, problem in chain(((one.question(), one.problem()) for one in REFERENCES), _OTHERS, _tags()):
        row = connection.execute(question).fetchone()
        if row is not None:
            line, name = row
            raise refuse(line, problem.format(name.hex() if isinstance(name, bytes) else name))
    for line, call in _unguarded(connection):
        raise refuse(
            line, f"the call {call.hex()} has another hash: its key, result, children or context differ"
        )


def _tags() -> Iterable[tuple[str, str]]:
    for table in ("tag", "tag_removed"):
        for entity, (target, key) in _TAGGED.items():
            named = Reference("the tag", table, "id", target, entity, key)
            yield named.question(f"AND r.entity = '{entity}'"), named.problem()
        yield (
            f"SELECT r.line, r.id FROM incoming.{table} r WHERE r.entity = 'job' AND NOT EXISTS"
            " (SELECT 1 FROM incoming.execution e WHERE e.id = substr(r.id, 1, 16))"
            " AND NOT EXISTS (SELECT 1 FROM main.execution e WHERE e.id = substr(r.id, 1, 16)) LIMIT 1",
            "the tag names the job {}, whose execution is neither here nor in the record",
        )


def _unguarded(connection: sqlite3.Connection) -> Iterator[tuple[int, bytes]]:
    """Yield calls whose hash does not follow even with one of the things that they depend on."""
    for line, call, key, value, task_set in connection.execute(_GUARDED).fetchall():
        children = [child for (child,) in connection.execute(_CHILDREN, (call,))]
        members = [member for (member,) in connection.execute(_MEMBERS, (task_set, task_set))]
        if not any(
            call in (call_hash(key, value, [*children, one]), call_hash(key, value, [*children, one, CHANCE]))
            for one in members
        ):
            yield line, call
