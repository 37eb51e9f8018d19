"""Add, replace and remove tags of anything recorded, beside live runs.

Floor: recorder. What is removed is kept in `tag_removed`, so that it comes back neither with what is pulled from
elsewhere nor with a run that records the same value or task again; adding it by hand takes that away.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import attrs
from redun.errors import RecordNotFoundError
from redun.recorder.connection import Connection, Session
from redun.recorder.ids import job_tag_id

__all__ = ["Entity", "TagChange", "add_tags", "drop_removed", "remove_tags", "update_tags"]

_Tag = tuple[str, str]
_Row = tuple[str, bytes, str, str]

# Kinds that several executions record; all others are new when they get tags.
_LASTING = frozenset({"call", "task", "value"})

_ADD = "INSERT INTO tag (entity, id, key, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_REMOVE = (
    "INSERT INTO tag_removed (entity, id, key, value, removed) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (entity, id, key, value) DO UPDATE SET removed = excluded.removed"
)


@attrs.frozen
class Entity:
    """Something that has tags.

    Attributes
    ----------
    kind : str
        `execution`, `job`, `call`, `task` or `value`.
    id : bytes
        An execution's id, a hash, or for a job what `of_job` makes.
    """

    kind: str
    id: bytes

    @classmethod
    def of_job(cls, execution: bytes, number: int) -> Entity:
        """Return job `number` of an execution."""
        return cls("job", job_tag_id(execution, number))


@attrs.frozen
class TagChange:
    """A tag that an entity got or lost; `value` is JSON text."""

    entity: Entity
    key: str
    value: str
    added: bool


def add_tags(session: Session, entities: Iterable[Entity], tags: Sequence[_Tag]) -> list[TagChange]:
    """Give entities tags in one transaction; return those that are new.

    Parameters
    ----------
    session : Session
    entities : iterable of Entity
    tags : sequence of (str, str)
        Keys and JSON texts, as `redun.tags.encode_tags` returns them. A key may have several values.

    Raises
    ------
    RecorderError
        Nothing was changed.
    """
    with session.transaction() as connection:
        return [change for entity in _each(entities) for change in _add(connection, entity, tags)]


def update_tags(session: Session, entities: Iterable[Entity], tags: Sequence[_Tag]) -> list[TagChange]:
    """Let the keys of some tags have these values and no others, in one transaction; return what changed."""
    keys = dict.fromkeys(key for key, _ in tags)
    changes = []
    with session.transaction() as connection:
        for entity in _each(entities):
            old = [row for key in keys for row in _rows(connection, entity, key) if row not in tags]
            changes += _remove(connection, entity, old)
            changes += _add(connection, entity, tags)
    return changes


def remove_tags(
    session: Session, entities: Iterable[Entity], tags: Sequence[tuple[str, str | None]]
) -> list[TagChange]:
    """Take tags away in one transaction; return those that were there.

    Parameters
    ----------
    session : Session
    entities : iterable of Entity
    tags : sequence of (str, str or None)
        Keys and JSON texts; None stands for all values of the key.

    Raises
    ------
    RecordNotFoundError
        None of the entities has one of the tags; nothing was changed.
    """
    chosen = list(_each(entities))
    with session.transaction() as connection:
        changes = []
        for tag in dict.fromkeys(tags):
            rows = [(entity, row) for entity in chosen for row in _matching(connection, entity, tag)]
            if not rows:
                raise RecordNotFoundError(f"nothing has the tag {_shown(tag)} there; no tag was removed")
            changes += [change for entity, row in rows for change in _remove(connection, entity, [row])]
    return changes


def drop_removed(connection: Connection, rows: list[_Row]) -> list[_Row]:
    """Return the rows of `tag` that a run may write: without those that somebody took away."""
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM tag_removed)").fetchone()[0]:
        return rows
    return [row for row in rows if row[0] not in _LASTING or not _is_removed(connection, row)]


def _is_removed(connection: Connection, row: _Row) -> bool:
    found = connection.execute(
        "SELECT 1 FROM tag_removed WHERE entity = ? AND id = ? AND key = ? AND value = ?", row
    )
    return found.fetchone() is not None


def _each(entities: Iterable[Entity]) -> Iterable[Entity]:
    return dict.fromkeys(entities)


def _matching(connection: Connection, entity: Entity, tag: tuple[str, str | None]) -> list[_Tag]:
    key, value = tag
    return [row for row in _rows(connection, entity, key) if value in (None, row[1])]


def _shown(tag: tuple[str, str | None]) -> str:
    return tag[0] if tag[1] is None else f"{tag[0]}={tag[1]}"


def _rows(connection: Connection, entity: Entity, key: str) -> list[_Tag]:
    return connection.execute(
        "SELECT key, value FROM tag WHERE entity = ? AND id = ? AND key = ?", (entity.kind, entity.id, key)
    ).fetchall()


def _add(connection: Connection, entity: Entity, tags: Iterable[_Tag]) -> list[TagChange]:
    changes = []
    for key, value in dict.fromkeys(tags):
        row = (entity.kind, entity.id, key, value)
        connection.execute(
            "DELETE FROM tag_removed WHERE entity = ? AND id = ? AND key = ? AND value = ?", row
        )
        if connection.execute(_ADD, row).rowcount:
            changes.append(TagChange(entity, key, value, added=True))
    return changes


def _remove(connection: Connection, entity: Entity, tags: Iterable[_Tag]) -> list[TagChange]:
    now = time.time_ns() // 1000
    changes = []
    for key, value in tags:
        row = (entity.kind, entity.id, key, value)
        connection.execute("DELETE FROM tag WHERE entity = ? AND id = ? AND key = ? AND value = ?", row)
        connection.execute(_REMOVE, (*row, now))
        changes.append(TagChange(entity, key, value, added=False))
    return changes
