"""A tag, to be asked about.

Floor: library.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from redun.query.view import View, printable
from redun.recorder.ids import EXECUTION_BYTES, job_id
from redun.recorder.reader_all_tags import all_tags

if TYPE_CHECKING:
    from redun.query.record import Record

__all__ = ["TagView"]

_JOB = "job"


class TagView(View):
    """A key and a value attached to an execution, job, task or value."""

    COLUMNS: ClassVar = {"key": "text", "text": "text", "entity": "text", "id": "text"}
    __slots__ = ()

    @classmethod
    def look(cls, record: Record, key: str | None, value: Any) -> Iterator[TagView]:
        """Yield the tags of a key and a value, where these are given; `...` stands for any value."""
        for row in all_tags(record.reader, key):
            if value is ... or json.loads(row[1]) == value:
                yield cls(record, row)

    def __repr__(self) -> str:
        return f"<tag {printable(f'{self.key}={self.text}')} of {self.entity} {self.id}>"

    @property
    def _identity(self) -> object:
        return self._row

    @property
    def key(self) -> str:
        """Its key."""
        return str(self._row[0])

    @property
    def value(self) -> Any:
        """Its value."""
        return json.loads(self._row[1])

    @property
    def text(self) -> str:
        """Its value as JSON."""
        return str(self._row[1])

    @property
    def entity(self) -> str:
        """`execution`, `job`, `task` or `value`."""
        return str(self._row[2])

    @property
    def id(self) -> str:
        """The id of what it is attached to."""
        identity: bytes = self._row[3]
        if self.entity == _JOB:
            number = int.from_bytes(identity[EXECUTION_BYTES:], "big")
            return job_id(identity[:EXECUTION_BYTES], number, full=True)
        return identity.hex()

    @property
    def thing(self) -> View:
        """What it is attached to."""
        return self._record.find(self.id)
