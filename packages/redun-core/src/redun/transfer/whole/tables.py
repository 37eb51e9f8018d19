"""What is copied of a record, and how its rows are told apart.

Floor: transfer. Executions and task versions have local keys, which differ from database to database: they go by
their id and their hash, and what refers to them is given the keys of the target.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

__all__ = ["OWNERS", "Copied", "copied_tables"]

# Works of maintenance and work in flight are those of one database.
_LOCAL = frozenset({"doomed", "lease", "sweep"})
OWNERS = {"execution": "id", "task": "hash"}
"""The tables with local keys, and what their rows go by elsewhere."""

# Rows of these are as long as what somebody wrote.
_LENGTHS = {
    "code": "length(text)",
    "foreign_value": "COALESCE(length(blob), 0)",
    "output": "length(text)",
    "task": "length(source)",
    "value": "CASE WHEN blob IS NULL AND store IS NULL THEN 0 ELSE size END",
}


@attrs.frozen
class Copied:
    """A table that is copied.

    Attributes
    ----------
    name : str
    columns : tuple of str
        Without the local key.
    key : tuple of str
        What tells its rows apart; without `owner`.
    owner : str or None
        The column with the local key of what its rows belong to.
    references : dict of str to str
        Columns with local keys, and the tables that these are of.
    length : str or None
        An expression for the bytes of a row, where these may be many.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    owner: str | None
    references: dict[str, str]
    length: str | None

    @property
    def key_places(self) -> tuple[int, ...]:
        """Where in a row its key is, with the owner."""
        names = (*((self.owner,) if self.owner else ()), *self.key)
        return tuple(self.columns.index(name) for name in names)

    @property
    def upsert(self) -> str:
        """The statement that writes a row, whatever is there."""
        keys = [self.columns[place] for place in self.key_places]
        others = [name for name in self.columns if name not in keys]
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
        return (
            f"INSERT INTO {self.name} ({_listed(self.columns)}) VALUES ({', '.join('?' * len(self.columns))})"
            f" ON CONFLICT ({_listed(keys)}) DO " + (f"UPDATE SET {changes}" if changes else "NOTHING")
        )


def copied_tables() -> Iterator[Copied]:
    """Yield the tables, those that others refer to first."""
    from redun.recorder.schema import metadata

    for table in metadata.sorted_tables:
        if table.name in _LOCAL:
            continue
        own = OWNERS.get(table.name)
        columns = tuple(column.name for column in table.columns if own is None or column.name != "key")
        references = {
            column.name: reference.column.table.name
            for column in table.columns
            for reference in column.foreign_keys
            if reference.column.table.name in OWNERS
        }
        primary = [column.name for column in table.primary_key] if own is None else [own]
        owner = next((name for name in primary if name in references), None)
        key = tuple(name for name in primary if name != owner)
        yield Copied(table.name, columns, key, owner, references, _LENGTHS.get(table.name))


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
