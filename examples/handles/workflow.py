"""Extract, transform, load: what a ringing station counted each day goes into a database, which answers for the season.

redun sees what is in files. It cannot see what is in a database, so the database is a handle, known by what was done
to it.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redun import Dir, File, Handle, merge_handles, task

redun_namespace = "examples.handles"


class Database(Handle):
    """A database in a file."""

    def __init__(self, name: str, path: str) -> None:
        self.path = path

    def is_valid(self) -> bool:
        """What was done to a file that is gone has to be done again."""
        return super().is_valid() and Path(self.path).exists()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Connect; all or nothing of what is done is kept."""
        connection = sqlite3.connect(self.path, timeout=60)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


@task
def create(database: Database) -> Database:
    """Make the tables."""
    with database.transaction() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bird (day TEXT, species TEXT, number INTEGER)")
        connection.execute("CREATE TABLE IF NOT EXISTS season (species TEXT, number INTEGER, best_day TEXT)")
    return database


@task
def load(database: Database, day: str, counts: File) -> Database:
    """Load what was counted on a day, in the place of what was there of that day."""
    with counts.open() as lines:
        birds = [(day, row["species"], int(row["number"])) for row in csv.DictReader(lines)]
    with database.transaction() as connection:
        connection.execute("DELETE FROM bird WHERE day = ?", (day,))
        connection.executemany("INSERT INTO bird VALUES (?, ?, ?)", birds)
    return database


@task
def summarise(database: Database, days: list[str]) -> Database:
    """Add up the days: how many of each species, and the day with most."""
    with database.transaction() as connection:
        connection.execute("DELETE FROM season")
        # SQLite takes `day` from the row with the maximum.
        connection.execute(
            "INSERT INTO season SELECT species, total, day FROM (SELECT species, day, max(number),"
            " sum(number) AS total FROM bird WHERE day IN (SELECT value FROM json_each(?)) GROUP BY species)"
            " ORDER BY total DESC",
            (json.dumps(days),),
        )
    return database


@task
def report(database: Database, path: str) -> File:
    """Write the season down."""
    with database.transaction() as connection:
        rows = connection.execute("SELECT * FROM season").fetchall()
    made = File(path)
    made.write("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return made


@task
def main(counts: Dir = Dir("counts"), path: str = "birds.db") -> File:  # noqa: B008
    """From the counts of the days to the report of the season."""
    database = create(Database("birds", path))
    files = {file.basename().removesuffix(".csv"): file for file in counts}
    # Each day on a branch of its own: to load one again undoes no other.
    loaded = merge_handles([load(database.fork(day), day, file) for day, file in files.items()])
    return report(summarise(loaded, list(files)), "season.tsv")
