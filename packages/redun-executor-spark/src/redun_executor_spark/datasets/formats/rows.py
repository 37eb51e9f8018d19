"""Rows in the shape that a file wants."""

from __future__ import annotations

from typing import Any

__all__ = ["Rows", "in_order"]


class Rows:
    """A writer of pyarrow, given rows of exactly its schema.

    Parameters
    ----------
    writer : object
        With `write` and `close`.
    schema : pyarrow.Schema
    tables : bool
        Whether it takes tables rather than batches.
    """

    def __init__(self, writer: Any, schema: Any, *, tables: bool = False) -> None:
        self._writer = writer
        self._schema = schema
        self._tables = tables

    def add(self, rows: Any) -> None:
        """Write the rows of a batch."""
        import pyarrow

        batch = in_order(rows, self._schema)
        self._writer.write(pyarrow.Table.from_batches([batch]) if self._tables else batch)

    def close(self) -> None:
        """Write what belongs at the end."""
        self._writer.close()


def in_order(batch: Any, schema: Any) -> Any:
    """Return the columns of a schema, of its types; those that are missing without values."""
    import pyarrow

    present = set(batch.schema.names)
    columns = [
        batch.column(field.name).cast(field.type)
        if field.name in present
        else pyarrow.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pyarrow.RecordBatch.from_arrays(columns, schema=schema)
