"""Looks into a record that redun left: tables, rows, jobs by status, size."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

__all__ = ["database_bytes", "jobs_run", "row_counts", "schema", "store_bytes"]

DONE = 1


def schema(folder: Path) -> str:
    """Return the SQL that makes the tables and indexes."""
    with closing(sqlite3.connect(folder / "redun.db")) as database:
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        return "".join(f"{sql};\n" for (sql,) in database.execute(query))


def row_counts(folder: Path) -> dict[str, int]:
    """Return the number of rows of each table."""
    with closing(sqlite3.connect(folder / "redun.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def jobs_run(folder: Path) -> dict[str, int]:
    """Return how many jobs of each task ran, not replayed, in the last execution."""
    query = (
        "SELECT task.name, count(*) FROM job JOIN task ON task.key = job.task "
        "WHERE execution = (SELECT max(execution) FROM job) AND status = ? GROUP BY 1"
    )
    with closing(sqlite3.connect(folder / "redun.db")) as database:
        return dict(database.execute(query, (DONE,)).fetchall())


def database_bytes(folder: Path) -> int:
    """Return the size of the database with its journal."""
    return sum(path.stat().st_size for path in folder.glob("redun.db*") if path.is_file())


def store_bytes(folder: Path) -> int:
    """Return the size of everything beside the database: the value store."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) - database_bytes(folder)
