"""Turn the tables of `recorder.schema` into the text of `recorder.statements`.

Floor: recorder. Importing SQLAlchemy costs more than recording a small workflow, so a run does without it: what Core
compiles for SQLite is kept as text. After a change of the schema, write it anew with
``python -m redun.recorder.rendering``.
"""

from __future__ import annotations

from pathlib import Path

from redun.recorder import schema
from sqlalchemy import ColumnElement, Table, and_, bindparam, func, literal_column, null, or_
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.schema import CreateIndex, CreateTable

__all__ = ["render"]

_HEAD = '''"""The SQL that `recorder.schema` compiles to for SQLite: written by `recorder.rendering`, not by hand.

Floor: recorder. An insert is kept in three parts, so that any number of rows fit in one statement.
"""

# ruff: noqa: E501

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CREATE", "INSERTS", "Insert"]


class Insert(NamedTuple):
    """An insert: `head`, then `row` for each row, separated by commas, then `tail`."""

    head: str
    row: str
    tail: str


'''


def render() -> str:
    """Return the source of `recorder.statements`."""
    lines = [_HEAD + "CREATE: tuple[str, ...] = ("]
    lines += [f'    """{statement}""",' for statement in _create()]
    lines += [")", '"""Makes an empty database, in order."""', "", "INSERTS: dict[str, Insert] = {"]
    for name, statement in _inserts().items():
        parts = [f"        {_quoted(part)}," for part in _split(statement)]
        lines += [f'    "{name}": Insert(', *parts, "    ),"]
    lines += ["}", '"""By what is inserted."""', ""]
    return "\n".join(lines)


def _create() -> list[str]:
    elements: list[CreateTable | CreateIndex] = []
    for table in schema.metadata.sorted_tables:
        elements.append(CreateTable(table))
        elements += [CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    texts = [str(element.compile(dialect=sqlite.dialect())) for element in elements]
    return ["\n".join(line.strip() for line in text.strip().splitlines()) for text in texts]


def _inserts() -> dict[str, Insert]:
    return {
        "values": _ignore(schema.value, without=("store", "signature")),
        "stored_values": _ignore(schema.value, without=("blob", "signature")),
        "signed_values": _signed("blob", without="store"),
        "signed_stored_values": _signed("store", without="blob"),
        "evaluations": _last_wins(schema.evaluation),
        "arguments": _ignore(schema.argument),
        "flows": _ignore(schema.flow),
        "leaf_calls": _ignore(schema.call_node, without=("task_set", "created")),
        "calls": _ignore(schema.call_node),
        "call_edges": _ignore(schema.call_edge),
        "task_sets": _ignore(schema.task_set),
        "subvalues": _ignore(schema.subvalue),
        "files": _ignore(schema.file),
        "tags": _ignore(schema.tag),
        "tasks": _ignore(schema.task, without=("key",)),
        "task_parts": _ignore(schema.task_part),
        "codes": _ignore(schema.code),
        "jobs": _last_wins(schema.job),
        "attempts": _last_wins(schema.attempt),
        "outputs": _last_wins(schema.output),
        "handles": _last_wins(schema.handle),
        "handle_edges": _ignore(schema.handle_edge),
        "leases": _ignore(schema.lease),
        "executions": insert(schema.execution).values(_columns(schema.execution, ("key", "ended", "error"))),
    }


def _columns(table: Table, without: tuple[str, ...]) -> dict[str, ColumnElement[object]]:
    return {column.name: bindparam(column.name) for column in table.c if column.name not in without}


def _ignore(table: Table, without: tuple[str, ...] = ()) -> Insert:
    return insert(table).values(_columns(table, without)).on_conflict_do_nothing()


def _signed(payload: str, without: str) -> Insert:
    """Return what writes a signed payload, also over one that is not signed so."""
    statement = insert(schema.value)
    table, new = schema.value.c, statement.excluded
    differs = or_(*(or_(table[name].is_(None), table[name] != new[name]) for name in ("signature", payload)))
    written = ("type", "size", "preview", "format", "flags", payload, "signature")
    return statement.values(_columns(schema.value, (without,))).on_conflict_do_update(
        index_elements=[table.hash],
        set_={**{name: new[name] for name in written}, without: null()},
        where=and_(new.signature.is_not(None), differs),
    )


def _last_wins(table: Table) -> Insert:
    statement = insert(table)
    keys = list(table.primary_key.columns)
    updated = {column.name: statement.excluded[column.name] for column in table.c if column not in set(keys)}
    columns = _columns(table, ())
    if "executor" in columns:
        # Most jobs name no executor, and to bind None costs the driver a microsecond: it asks it to adapt itself.
        columns["executor"] = func.nullif(columns["executor"], literal_column("''"))
    return statement.values(columns).on_conflict_do_update(index_elements=keys, set_=updated)


def _split(statement: Insert) -> tuple[str, str, str]:
    text = str(statement.compile(dialect=sqlite.dialect()))
    head, values, rows = text.partition(" VALUES ")
    row, conflict, tail = rows.partition(" ON CONFLICT")
    return head + values, row, conflict + tail


def _quoted(text: str) -> str:
    return repr(text) if '"' in text else f'"{text}"'


if __name__ == "__main__":
    Path(__file__).with_name("statements.py").write_text(render(), encoding="utf-8")
