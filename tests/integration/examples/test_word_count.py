"""The word count example: on its own texts, and on the documentation of this repository."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[3] / "docs"


def counted(table: Path) -> dict[str, int]:
    lines = (line.split("\t") for line in table.read_text().splitlines())
    return {word: int(count) for count, word in lines}


def test_an_edited_text_is_the_only_one_that_is_counted_again(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("word_count")
    first = example.run("workflow.py", "main")
    assert first.ran == {"main": 1, "count": 3, "total": 1, "table": 1}
    assert (example.folder / "words.tsv").read_text().startswith("7\twith\n6\tfrom\n")

    assert not example.run("workflow.py", "main").ran

    example.edit("texts/huxley.txt", "chalk", "limestone")
    assert example.run("workflow.py", "main").ran == {"main": 1, "count": 1, "total": 1, "table": 1}
    words = counted(example.folder / "words.tsv")
    assert "limestone" in words
    assert "chalk" not in words

    # The words are the same: nothing beyond the count of this text is made again.
    example.edit("texts/huxley.txt", '"limestone".', "limestone!")
    assert example.run("workflow.py", "main").ran == {"main": 1, "count": 1}

    (example.folder / "words.tsv").unlink()
    assert example.run("workflow.py", "main").ran == {"table": 1}

    example.edit("workflow.py", r"[^\W\d_]+", r"[a-z]+")
    assert example.run("workflow.py", "main").ran["count"] == 3


def test_counts_the_documentation(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("word_count")
    example.run("workflow.py", "main", "--texts", str(DOCS), "--shortest", "1")
    expected: Counter[str] = Counter()
    for page in DOCS.rglob("*"):
        if page.is_file():
            expected.update(re.findall(r"[^\W\d_]+", page.read_text(encoding="utf-8").lower()))
    assert counted(example.folder / "words.tsv") == expected
    assert expected["redun"] > 100
