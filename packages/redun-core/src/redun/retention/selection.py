"""Which executions to remove: by age, number, tags and the files that they made.

Floor: retention. Conditions add up: an execution goes only if all of them agree. Pinned ones and those that may be
running always stay.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator

import attrs

from redun.recorder.batch import JobStatus, ValueFlag
from redun.recorder.marks import Kind
from redun.retention.census import live_executions

__all__ = ["PINNED", "Selection", "select"]

PINNED = "pinned"
"""The key of the tag that keeps an execution."""


@attrs.frozen
class Selection:
    """What is asked for.

    Attributes
    ----------
    keep_last : int or None
        Keep so many of the newest.
    overall : bool
        The newest of all, not of each root task.
    before : int or None
        Remove what began earlier than this, in microseconds since the epoch.
    tags, not_tags : tuple of (key, JSON value or None)
        Remove what has all of the first and none of the second; None is any value.
    keep_files : callable, optional
        Tells of a path whether there is a file now: what made one stays.
    everything : bool
        Remove all that is not kept for another reason.
    """

    keep_last: int | None = None
    overall: bool = False
    before: int | None = None
    tags: tuple[tuple[str, str | None], ...] = ()
    not_tags: tuple[tuple[str, str | None], ...] = ()
    keep_files: Callable[[str], bool] | None = None
    everything: bool = False

    @property
    def selects(self) -> bool:
        """Whether any execution may be removed."""
        return bool(
            self.everything
            or self.keep_last is not None
            or self.before is not None
            or self.tags
            or self.not_tags
        )


def select(connection: sqlite3.Connection, selection: Selection) -> list[int]:
    """Return the keys of the executions to remove, oldest first; those whose removal has begun are among them."""
    begun = {
        key
        for (key,) in connection.execute(
            "SELECT e.key FROM execution e JOIN doomed d ON d.kind = ? AND d.hash = e.id",
            (int(Kind.EXECUTION),),
        )
    }
    if not selection.selects:
        return sorted(begun)
    live = {one.key for one in live_executions(connection)}
    pinned = _tagged(connection, PINNED, None)
    chosen = [key for key in _old_enough(connection, selection) if key not in live and key not in pinned]
    for key, value in selection.tags:
        having = _tagged(connection, key, value)
        chosen = [one for one in chosen if one in having]
    for key, value in selection.not_tags:
        having = _tagged(connection, key, value)
        chosen = [one for one in chosen if one not in having]
    if (exists := selection.keep_files) is not None:
        chosen = [one for one in chosen if not any(map(exists, _made(connection, one)))]
    return sorted(begun.union(chosen))


def _old_enough(connection: sqlite3.Connection, selection: Selection) -> Iterator[int]:
    seen: dict[str, int] = {}
    for key, task, started in connection.execute(
        "SELECT key, task, started FROM execution ORDER BY started DESC, key DESC"
    ):
        group = "" if selection.overall else task
        seen[group] = seen.get(group, 0) + 1
        if selection.keep_last is not None and seen[group] <= selection.keep_last:
            continue
        if selection.before is None or started < selection.before:
            yield key


def _tagged(connection: sqlite3.Connection, key: str, value: str | None) -> set[int]:
    rows = connection.execute(
        "SELECT e.key, t.value FROM tag t JOIN execution e ON e.id = t.id WHERE t.entity = 'execution' AND t.key = ?",
        (key,),
    )
    return {one for one, text in rows if value is None or text == value or _equal(text, value)}


def _equal(one: str, other: str) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def _made(connection: sqlite3.Connection, execution: int) -> Iterator[str]:
    """Yield the paths of the files that jobs of an execution made."""
    made = (
        "SELECT DISTINCT c.value_hash FROM job j JOIN call_node c ON c.hash = j.call_hash"
        " JOIN value v ON v.hash = c.value_hash WHERE j.execution = ? AND j.status = ?"
    )
    files = (
        "SELECT DISTINCT f.path FROM file f"
        f" WHERE f.value_hash IN ({made} AND v.flags & {int(ValueFlag.EXTERNAL)} != 0)"
        f" OR f.value_hash IN (SELECT s.child FROM subvalue s WHERE s.parent IN ({made}))"
    )
    done = int(JobStatus.DONE)
    for (path,) in connection.execute(files, (execution, done, execution, done)):
        yield path
