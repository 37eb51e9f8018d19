"""The table of options in the documentation is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

from redun.task.checks import words_of
from redun.task.known import KNOWN

PAGE = Path(__file__).resolve().parents[3] / "docs" / "tasks.md"


def test_docs_list_every_option() -> None:
    text = PAGE.read_text().partition("## Options")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", text, re.MULTILINE)
    assert rows == [(spec.name, words_of(spec.type), spec.help) for spec in KNOWN]
