"""What comes back from an execution inside of another.

Floor: composition.
"""

from __future__ import annotations

from typing import Any

from redun.file import validate
from redun.hashing.digest import digest
from redun.hashing.values import hash_value
from redun.task.registry import get_task_registry
from redun.value.nested import scan
from redun.value.seal import is_external

__all__ = ["Outcome"]


class Outcome:
    """A value, with what it takes for it to be the same another time.

    It is an external value: it holds while the tasks that made it are defined as they were, and while files in it are
    as they were.

    Parameters
    ----------
    value : object
    tasks : frozenset of bytes
        Hashes of the tasks that were used.
    execution_id : str
        The execution that made it, 32 hex digits.
    """

    __slots__ = ("execution_id", "tasks", "value")

    def __init__(self, value: Any, tasks: frozenset[bytes], execution_id: str) -> None:
        self.value = value
        self.tasks = tasks
        self.execution_id = execution_id

    def __redun_valid__(self) -> bool:
        return self.tasks <= get_task_registry().digests() and all(validate(scan(self.value, is_external)))

    def __redun_parts__(self) -> list[Any]:
        return scan(self.value, is_external)

    def __redun_digest__(self) -> bytes:
        return digest(b"outcome", hash_value(self.value), *sorted(self.tasks))

    def __reduce__(self) -> tuple[Any, ...]:
        return Outcome, (self.value, self.tasks, self.execution_id)

    def __repr__(self) -> str:
        return repr(self.value)
