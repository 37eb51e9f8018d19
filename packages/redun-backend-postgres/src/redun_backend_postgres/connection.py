"""A connection to PostgreSQL, as the writing half of the recorder wants it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.types.numeric import NumericBinaryLoader
from redun.errors import RecorderError

from redun_backend_postgres.arrays import storable
from redun_backend_postgres.failures import translate
from redun_backend_postgres.inserts import bulk_insert

__all__ = ["Connection", "adapt"]

Row = tuple[Any, ...]

# An array is one message, and lies in memory several times on both sides.
_CHUNK_BYTES = 16 * 1024 * 1024
_CHUNK_ROWS = 20_000
_KEYS = 10_000
# A message to the server and a field in it have less than 1 GiB.
_FIELD_BYTES = (1 << 30) - (1 << 20)

_CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


class Array:
    """An array in binary format, as `redun_backend_postgres.arrays` makes it."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


class _ArrayDumper(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: Array) -> Buffer:
        return obj.content


class _WholeNumberLoader(NumericBinaryLoader):
    """Sums of whole numbers are of a type that may have fractions."""

    def load(self, data: Buffer) -> Any:
        number = super().load(data)
        return int(number) if number == number.to_integral_value() else float(number)


def adapt(connection: psycopg.Connection[Any]) -> None:
    """Let a connection take arrays as they are, and answer whole numbers as int."""
    connection.adapters.register_dumper(Array, _ArrayDumper)
    connection.adapters.register_loader("numeric", _WholeNumberLoader)


class Connection:
    """A connection; see `redun.recorder.connection.Connection`. Its errors are redun's.

    Parameters
    ----------
    raw : psycopg.Connection
        One that commits each statement, unless told to begin.
    url : str
        For messages.
    """

    def __init__(self, raw: psycopg.Connection[Any], url: str) -> None:
        self.raw = raw
        self._url = url
        adapt(raw)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, or the server hung up."""
        return self.raw.closed

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self.raw.pgconn.transaction_status not in (
            pq.TransactionStatus.IDLE,
            pq.TransactionStatus.UNKNOWN,
        )

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> psycopg.RawCursor[Any]:
        """Run a statement whose parameters are `?`."""
        statement = translated(sql)
        try:
            return self._run(statement, parameters)
        except (UnicodeError, psycopg.DataError) as error:
            # Told by the driver, before anything is sent, if it is because of a text.
            clean = [storable(item) for item in parameters]
            if getattr(error, "sqlstate", None) or clean == list(parameters):
                raise self._translated(error) from error
            return self._run(statement, clean)
        except psycopg.Error as error:
            raise self._translated(error) from error

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> psycopg.RawCursor[Any]:
        """Run a statement for each of some rows, in one turn."""
        cursor = psycopg.RawCursor(self.raw)
        clean = [[storable(item) for item in row] for row in rows]
        try:
            cursor.executemany(translated(sql), clean)
        except psycopg.Error as error:
            raise self._translated(error) from error
        return cursor

    def insert(self, name: str, rows: Sequence[Any], *, staged: bool = False) -> None:
        """Insert rows as `redun.recorder.statements.INSERTS` says; none is staged here."""
        if rows:
            statement = bulk_insert(name)
            for chunk in _chunks(statement.arrange(rows), statement.weight):
                columns = list(zip(*chunk, strict=True))
                try:
                    arrays = [
                        encode(column) for encode, column in zip(statement.encoders, columns, strict=True)
                    ]
                except UnicodeError:
                    columns = [tuple(map(storable, column)) for column in columns]
                    arrays = [
                        encode(column) for encode, column in zip(statement.encoders, columns, strict=True)
                    ]
                self.execute(statement.text, [Array(array) for array in arrays])

    def by_keys(self, query: str, keys: Iterable[bytes]) -> Iterator[Row]:
        """Yield the rows of a query for any number of keys, put where it says `IN ({})`."""
        text = query.replace(" IN ({})", " = ANY(?::bytea[])")
        ordered = sorted(keys)
        encode = bulk_insert("evaluations").encoders[0]
        for start in range(0, len(ordered), _KEYS):
            yield from self.execute(text, [Array(encode(ordered[start : start + _KEYS]))])

    def clock(self) -> int:
        """Return the server's time, microseconds since the epoch."""
        row = self.execute(_CLOCK).fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        """Disconnect."""
        with contextlib.suppress(psycopg.Error):
            self.raw.close()

    def _run(self, statement: bytes, parameters: Sequence[Any]) -> psycopg.RawCursor[Any]:
        return psycopg.RawCursor(self.raw).execute(statement, parameters, binary=True)

    def _translated(self, error: Exception) -> Exception:
        return translate(error, self._url) if isinstance(error, psycopg.Error) else error


@functools.cache
def translated(sql: str) -> bytes:
    """Return a statement with PostgreSQL's parameters: `$1` for the first `?`, and so on.

    Examples
    --------
    >>> translated("SELECT '?' WHERE a = ? AND b = ?")
    b"SELECT '?' WHERE a = $1 AND b = $2"
    """
    quoted = sql.split("'")
    number = 0
    for place in range(0, len(quoted), 2):
        first, *others = quoted[place].split("?")
        for text in others:
            number += 1
            first += f"${number}{text}"
        quoted[place] = first
    return "'".join(quoted).encode()


def _chunks(rows: Sequence[Any], weight: int | None) -> Iterator[Sequence[Any]]:
    if weight is None:
        for start in range(0, len(rows), _CHUNK_ROWS):
            yield rows[start : start + _CHUNK_ROWS]
        return
    size, begin = 0, 0
    for end, row in enumerate(rows):
        more = len(row[weight] or b"")
        if more > _FIELD_BYTES:
            raise RecorderError(
                f"a value or text of {more:,} bytes is to be recorded, and a field of PostgreSQL holds less than "
                "1 GiB: let a value store take large values (`value_store_path` in section [backend]), or let the task "
                "return a File"
            )
        if end > begin and (size + more > _CHUNK_BYTES or end - begin == _CHUNK_ROWS):
            yield rows[begin:end]
            size, begin = 0, end
        size += more
    if begin < len(rows):
        yield rows[begin:]
