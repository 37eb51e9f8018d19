"""What questions ask the database is answered by a key or an index."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.query import open_record
from redun.recorder import reader_all_tags, reader_children, reader_payload

QUESTIONS = {
    name: text.replace("{ids}", "?, ?")
    for module in (reader_all_tags, reader_children, reader_payload)
    for name, text in vars(module).items()
    if name.isupper() and not name.startswith("_") and " WHERE " in str(text)
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_scans_a_table(lab: Path, name: str) -> None:
    text = QUESTIONS[name]
    with open_record(lab) as record:
        rows = record.reader.database.rows(f"EXPLAIN QUERY PLAN {text}", *([1] * text.count("?")))
    plan = [row[3] for row in rows]
    assert all(step.startswith(("SEARCH", "USE TEMP B-TREE FOR ORDER BY")) for step in plan), plan
    assert any("USING" in step for step in plan), plan
