"""The parts of task versions: written when a version is first recorded.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Sequence

from redun.hashing.digest import digest
from redun.recorder.batch import TaskPart
from redun.recorder.connection import Connection

__all__ = ["has_parts", "write_parts"]

_KNOWN = "SELECT 1 FROM task_part p JOIN task t ON t.key = p.task WHERE t.hash = ? LIMIT 1"


def has_parts(connection: Connection, task: bytes) -> bool:
    """Tell whether the parts of a task version are recorded."""
    return connection.execute(_KNOWN, (task,)).fetchone() is not None


def write_parts(connection: Connection, versions: Sequence[tuple[int, Sequence[TaskPart]]]) -> None:
    """Write the parts of task versions, each with the key of its version."""
    if not versions:
        return
    texts: dict[bytes, str] = {}
    rows = []
    for key, parts in versions:
        for kind, name, content, via, text in parts:
            code = None
            if text is not None:
                text = _storable(text)
                code = digest(b"code text", text.encode())
                texts[code] = text
            rows.append((key, kind, _storable(name), content, None if via is None else _storable(via), code))
    connection.insert("codes", sorted(texts.items()))
    connection.insert("task_parts", rows)


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
