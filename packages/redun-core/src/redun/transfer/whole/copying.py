"""Copy a whole record into the database of another, and make sure that it is all there.

Floor: transfer. What the target has of a page already is not written again, so that a copy that was interrupted, at
whatever moment, is completed by the next one; and one that is made again brings what was recorded since. What rows
refer to is written before them, in short transactions: at any moment the target is sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from redun.config.address import shown
from redun.errors import RecorderError
from redun.recorder.connection import Session
from redun.recorder.reader_database import OpenedDatabase
from redun.recorder.value_store import FileValueStore
from redun.transfer.whole.moment import one_moment
from redun.transfer.whole.pages import Page, Row, page_rows, pages, rows_by_local_key, rows_named
from redun.transfer.whole.payloads import Payloads
from redun.transfer.whole.quiet import undisturbed
from redun.transfer.whole.tables import OWNERS, Copied, copied_tables

__all__ = ["CopiedRecord", "copy_record"]

_OWNERS = "SELECT key, {} FROM {}"


@attrs.define
class CopiedRecord:
    """What became of a copy.

    Attributes
    ----------
    rows : dict of str to int
        By table, how many there are in the source.
    written : int
        How many of them the target lacked.
    payloads : int
        Files of large values that were brought.
    lost : list of bytes
        Values whose payload is gone or damaged in the source.
    differing : dict of str to int
        By table, rows that the target does not have as the source has them: an error of the copy, or somebody changed
        the target meanwhile.
    """

    rows: dict[str, int] = attrs.field(factory=dict)
    written: int = 0
    payloads: int = 0
    lost: list[bytes] = attrs.field(factory=list)
    differing: dict[str, int] = attrs.field(factory=dict)


def copy_record(
    source: OpenedDatabase,
    target: Session,
    *,
    source_store: FileValueStore | None = None,
    target_store: FileValueStore | None = None,
    tell: Callable[[str, int], None] = lambda _what, _count: None,
) -> CopiedRecord:
    """Copy a record as it is at this moment, and compare it row by row.

    Parameters
    ----------
    source : OpenedDatabase
        Others may write to it meanwhile: the copy is of the moment when it began.
    target : Session
        On an empty record of the present schema, or an earlier copy of the source.
    source_store, target_store : FileValueStore, optional
        Where large values are.
    tell : callable
        Told what is being done, and how many rows are.

    Raises
    ------
    RecorderError
        The target holds executions that the source does not have, or one of both cannot be used.
    """
    payloads = Payloads(source_store, target_store)
    done = CopiedRecord()
    with undisturbed(source, target) as alive, one_moment(source):
        work = _Work(source, target, payloads, alive)
        work.check_target()
        for table in copied_tables():
            count = 0
            for expected, lacking in work.lacks(table):
                work.write(table, lacking)
                count += expected
                done.written += len(lacking)
                tell(table.name, count)
            done.rows[table.name] = count
            if table.name in OWNERS:
                work.learn(table.name)
        done.payloads, done.lost = payloads.brought, sorted(payloads.lost)
        for table in copied_tables():
            count = 0
            for expected, lacking in work.lacks(table):
                if lacking:
                    done.differing[table.name] = done.differing.get(table.name, 0) + len(lacking)
                count += expected
                tell(f"{table.name}, comparing", count)
    return done


class _Work:
    def __init__(
        self, source: OpenedDatabase, target: Session, payloads: Payloads, alive: Callable[[], None]
    ) -> None:
        self._source = source
        self._target = target
        self._payloads = payloads
        self._alive = alive
        # A session on a server bears with one that is away: all that is done here may be done twice.
        self._patiently: Callable[[Callable[[], Any]], Any] = getattr(
            target, "patiently", lambda action: action()
        )
        self._keys: dict[str, dict[int, int]] = {}

    def check_target(self) -> None:
        """Refuse a target that has a history of its own."""
        known = {identity for (identity,) in self._source.rows("SELECT id FROM execution")}
        others = [row[0] for row in self._ask("SELECT id FROM execution") if row[0] not in known]
        if others:
            raise RecorderError(
                f"the target is no copy of {shown(str(self._source.location))}: it holds {len(others):,} execution(s) "
                f"that are not there, such as {others[0].hex()}. Copy into an empty record; `redun push` and `redun "
                "pull` merge records of files"
            )

    def learn(self, table: str) -> None:
        """Find the keys that the rows of a table have in the target."""
        question = _OWNERS.format(OWNERS[table], table)
        there = {identity: key for key, identity in self._ask(question)}
        self._keys[table] = {
            key: there[identity] for key, identity in self._source.rows(question) if identity in there
        }

    def lacks(self, table: Copied) -> Iterator[tuple[int, list[Row]]]:
        """Yield, page by page, how many rows the source has, and those that the target lacks or has otherwise."""
        places = table.key_places
        for rows, there in self._both_sides(table):
            self._alive()
            known = {tuple(row[place] for place in places): row for row in there}
            yield (
                len(rows),
                [row for row in rows if known.get(tuple(row[place] for place in places)) != row],
            )

    def write(self, table: Copied, rows: list[Row]) -> None:
        """Write rows in one transaction."""

        def write() -> None:
            with self._target.transaction() as connection:
                connection.executemany(table.upsert, rows)

        if rows:
            self._patiently(write)

    def _both_sides(self, table: Copied) -> Iterator[tuple[list[Row], list[Row]]]:
        """Yield, page by page, the rows of the source as the target is to have them, and what the target has."""
        if table.name in OWNERS:
            for rows in rows_by_local_key(table, self._source.rows):
                names = [row[table.key_places[0]] for row in rows]
                yield [self._fitted(table, row) for row in rows], rows_named(table, self._ask, names)
            return
        for page in pages(table, self._source.rows):
            if rows := page_rows(table, self._source.rows, page):
                yield [self._fitted(table, row) for row in rows], self._there(table, page)

    def _there(self, table: Copied, page: Page) -> list[Row]:
        if table.owner is not None:
            assert page.owner is not None
            page = attrs.evolve(page, owner=self._keys[table.references[table.owner]][page.owner])
        return page_rows(table, self._ask, page)

    def _fitted(self, table: Copied, row: Row) -> Row:
        """Return a row of the source as the target is to have it."""
        fitted: list[Any] = [_storable(item) if isinstance(item, str) else item for item in row]
        for column, owners in table.references.items():
            place = table.columns.index(column)
            if fitted[place] is not None:
                fitted[place] = self._keys[owners][fitted[place]]
        if "store" in table.columns:
            blob = table.columns.index("blob")
            if isinstance(fitted[blob], str):
                fitted[blob] = fitted[blob].encode()
            return self._payloads.fitted(table, tuple(fitted))
        return tuple(fitted)

    def _ask(self, sql: str, *parameters: object) -> list[Row]:
        def ask() -> list[Row]:
            with self._target.lock:
                found: list[Row] = self._target.connection.execute(sql, parameters).fetchall()
            return found

        answer: list[Row] = self._patiently(ask)
        return answer


def _storable(text: str) -> str:
    """Spell out what no text of PostgreSQL can hold."""
    return text.replace("\0", "\\x00")
