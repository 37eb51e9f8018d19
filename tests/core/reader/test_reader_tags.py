"""Questions about tags are answered by an index."""

from __future__ import annotations

import re
from typing import Any

import pytest
from redun.recorder import reader_tags
from redun.recorder.reader import Reader

KEY, PAIR = "t.key = ?", "t.key = ? AND t.value = ?"
ALSO = reader_tags.ALSO.format(condition="o.key = ? AND o.value = ?")
QUERIES = {
    "ids by key": reader_tags.IDS.format(first=KEY, others=""),
    "ids by two": reader_tags.IDS.format(first=PAIR, others=ALSO),
    "executions by key": reader_tags.EXECUTIONS.format(first=KEY, others=""),
    "executions by two": reader_tags.EXECUTIONS.format(first=PAIR, others=ALSO),
    "jobs": reader_tags.JOBS.format(ids="?, ?"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_question_scans_a_table(example: Any, reader: Reader, name: str) -> None:
    text = QUERIES[name]
    plan = [row[3] for row in reader.database.rows(f"EXPLAIN QUERY PLAN {text}", *[1] * text.count("?"))]
    assert not [step for step in plan if step.startswith("SCAN")], plan


@pytest.mark.parametrize("text", [reader_tags.KEYS, reader_tags.PAIRS])
def test_counting_reads_one_index_in_its_order(example: Any, reader: Reader, text: str) -> None:
    plan = [row[3] for row in reader.database.rows(f"EXPLAIN QUERY PLAN {text}", 1)]
    assert len(plan) == 1, plan
    assert re.fullmatch(r"SCAN tag USING COVERING INDEX ix_tag_key_value", plan[0]), plan
