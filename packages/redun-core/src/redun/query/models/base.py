"""What the mapped classes have in common.

Floor: library.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase

from redun.query.columns import HexId, Moment, Span

__all__ = ["Base", "Duration", "Hash", "Time"]

Hash = Annotated[str, "hash"]
"""A hash of 20 bytes, as 40 hex digits."""
Time = datetime.datetime
Duration = datetime.timedelta


class Base(DeclarativeBase):
    """A row of the record, to be looked at and not to be changed."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Hash: HexId(),
        str: Text(),
        Time: Moment(),
        Duration: Span(),
    }

    def __repr__(self) -> str:
        """Show the key, and what is known without asking the database."""
        loaded = self.__dict__
        columns = [name for name in self.__mapper__.column_attrs.keys() if name in loaded]  # noqa: SIM118
        return f"{type(self).__name__}({', '.join(f'{name}={_short(loaded[name])}' for name in columns)})"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
