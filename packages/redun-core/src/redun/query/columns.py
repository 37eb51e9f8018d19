"""How columns of the record look in Python: hashes as text, times with a zone, codes by name.

Floor: library.
"""

from __future__ import annotations

import datetime
import json
from enum import IntEnum
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, SmallInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from redun.query.times import MICROSECOND, microseconds, moment, span
from redun.recorder.ids import HASH_BYTES, prefix_range

__all__ = ["Code", "HexId", "JsonText", "Moment", "Span"]


class HexId(TypeDecorator[str]):
    """A hash or an id: bytes in the table, hex digits in Python.

    `startswith` looks for a prefix with the help of the column's index.
    """

    impl = LargeBinary
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[str]):
        """What may be asked of such a column."""

        def startswith(
            self, other: str, escape: str | None = None, autoescape: bool = False
        ) -> ColumnElement[bool]:
            """Compare the first digits."""
            width = cast("HexId", self.type).width
            bounds = prefix_range(_digits(other), width)
            if bounds is None:
                raise ValueError(f"{other!r} is longer than an id of {2 * width} digits")
            return self.expr.between(bounds[0], bounds[1])

    comparator_factory = Comparator

    def __init__(self, width: int = HASH_BYTES) -> None:
        super().__init__()
        self.width = width

    def process_bind_param(self, value: str | bytes | None, dialect: Dialect) -> bytes | None:
        """Take hex digits, with or without dashes, or the bytes themselves."""
        return value if value is None or isinstance(value, bytes) else bytes.fromhex(_digits(value))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Give hex digits."""
        return None if value is None else value.hex()


class Moment(TypeDecorator[datetime.datetime]):
    """A time: microseconds since the epoch in the table, in UTC in Python."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> int | None:
        """Take a time; one without a zone is local, as everywhere in Python."""
        return microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime.datetime | None:
        """Give the time in UTC."""
        return None if value is None else moment(value)


class Span(TypeDecorator[datetime.timedelta]):
    """A duration: microseconds in the table."""

    impl = BigInteger
    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Compare with durations and with numbers of microseconds."""
        return self if isinstance(value, datetime.timedelta) else BigInteger()

    def process_bind_param(self, value: datetime.timedelta | None, dialect: Dialect) -> int | None:
        """Take a duration."""
        return None if value is None else value // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime.timedelta | None:
        """Give a duration."""
        return span(value)


class Code(TypeDecorator[str]):
    """A small number in the table that has a name in Python, such as FAILED."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, names: type[IntEnum]) -> None:
        super().__init__()
        self.names = names

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Compare with names and with the codes themselves."""
        return self

    def process_bind_param(self, value: str | int | None, dialect: Dialect) -> int | None:
        """Take a name, in any case, or the code."""
        if value is None or isinstance(value, int):
            return value
        try:
            return int(self.names[value.upper()])
        except KeyError:
            known = ", ".join(self.names.__members__)
            raise ValueError(f"there is no {value!r}, only {known}") from None

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        """Give the name."""
        return None if value is None else self.names(value).name


class JsonText(TypeDecorator[Any]):
    """JSON as text in the table: a list, or the value of a tag."""

    impl = Text
    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Compare as JSON, whatever the type."""
        return self

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Take anything that JSON can say."""
        return json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Give what it says."""
        return None if value is None else json.loads(value)


def _digits(text: str) -> str:
    return text.replace("-", "").lower()
