"""Every question must be answered by a key or an index: on a million jobs, a scan is the difference."""

from __future__ import annotations

import re
from typing import Any

import pytest
from redun.recorder import reader_profile_sql, reader_sql
from redun.recorder.comparing import sql as comparing_sql
from redun.recorder.explaining import sql as explaining_sql
from redun.recorder.reader import Reader

pytestmark = pytest.mark.slow

QUERIES = {
    name: text.replace("{ids}", "?, ?")
    for name, text in {
        **vars(comparing_sql),
        **vars(explaining_sql),
        **vars(reader_profile_sql),
        **vars(reader_sql),
    }.items()
    if name.isupper() and not name.startswith("_")
}
# These list a whole table, in the order of an index.
LISTS = {"EXECUTIONS": "execution", "TASKS": "task"}


def test_there_are_queries() -> None:
    assert len(QUERIES) > 25


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_no_query_scans_a_table(example: Any, reader: Reader, name: str) -> None:
    text = QUERIES[name]
    parameters = [1] * text.count("?")
    plan = [row[3] for row in reader.database.rows(f"EXPLAIN QUERY PLAN {text}", *parameters)]
    scans = [step for step in plan if re.match(r"SCAN (?!CONSTANT ROW|g$)", step)]
    if name in LISTS:
        assert all("USING INDEX" in step or step == "SCAN task" for step in scans), plan
    else:
        assert not scans, plan
        assert any(step.startswith("SEARCH") for step in plan), plan


@pytest.mark.parametrize("name", sorted(set(QUERIES) - {"TASKS"}))
def test_no_query_sorts_more_than_it_returns(example: Any, reader: Reader, name: str) -> None:
    text = QUERIES[name]
    plan = [row[3] for row in reader.database.rows(f"EXPLAIN QUERY PLAN {text}", *([1] * text.count("?")))]
    sorted_whole = [step for step in plan if step == "USE TEMP B-TREE FOR ORDER BY"]
    assert not sorted_whole, plan
