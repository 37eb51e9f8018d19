"""docs/database.md describes every table and column that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from redun.recorder.batch import ExecutionStatus, JobStatus, OutputStream, Reason, ValueFormat
from redun.recorder.schema import metadata

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "database.md").read_text()
TABLE = re.compile(
    r"^### `(?P<table>\w+)`\n\n[^\n]+\n\n\| column \| meaning \|\n\|[-|]+\n(?P<rows>(?:\|[^\n]*\n)+)",
    re.MULTILINE,
)
# PENDING is told to observers only; whether an execution crashed is found out when it is looked at.
NOT_STORED = {"pending", "crashed"}


def test_tables_and_columns() -> None:
    described = {
        found["table"]: re.findall(r"^\| \*{0,2}`(\w+)`", found["rows"], re.MULTILINE)
        for found in TABLE.finditer(PAGE)
    }
    assert described == {name: list(table.columns.keys()) for name, table in metadata.tables.items()}


def test_keys_are_bold() -> None:
    for found in TABLE.finditer(PAGE):
        keys = re.findall(r"^\| \*\*`(\w+)`\*\*", found["rows"], re.MULTILINE)
        assert keys == metadata.tables[found["table"]].primary_key.columns.keys(), found["table"]


def test_every_code_is_there() -> None:
    for column, codes in (
        ("job.status", JobStatus),
        ("job.reason", Reason),
        ("execution.status", ExecutionStatus),
        ("output.stream", OutputStream),
        ("value.format", ValueFormat),
    ):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{column}`"))
        cells = [cell.strip() for cell in row.split("|")[2:-1]]
        stored = {int(code) for code in codes if code.name.lower() not in NOT_STORED}
        assert {place for place, cell in enumerate(cells) if cell} == stored, column


def test_there_are_ten_questions() -> None:
    numbers = re.findall(r"^(\d+)\. \*\*", PAGE, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 11)]
