"""The example of Spark: words, datasets and where they came from, and a thousand calls on Spark's workers."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from services.spark import environment

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_words_links_and_primes(copy_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    example = copy_of("spark")

    words = ("words.py", "main", "--texts", str(DOCS))
    counted = Counter(
        word
        for page in DOCS.glob("*.md")
        for word in re.findall(r"[^\W\d_]+", page.read_text(encoding="utf-8").lower())
        if len(word) >= 6
    )
    expected = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
    assert ast.literal_eval(example.run(*words).stdout) == expected
    assert not example.run(*words, JAVA_HOME="/nowhere", PATH="/nowhere").ran

    links = ("links.py", "main", "--pages", str(DOCS))
    linked = defaultdict(set)
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([a-z-]+\.md)", page.read_text(encoding="utf-8")):
            linked[target] |= {page.name} - {target}
    top = sorted(
        ((page, len(pages)) for page, pages in linked.items()), key=lambda pair: (-pair[1], pair[0])
    )[:3]
    first = example.run(*links)
    assert ast.literal_eval(first.stdout) == top
    assert first.ran == {"main": 1, "extract": 1, "rank": 1, "top": 1}
    lineage = example.log("tables/ranking")
    assert "ShardedDataset(path=tables/ranking, " in lineage
    assert re.search(r"links <-- <\w+> examples\.spark\.extract\(pages\)", lineage)
    assert "spark_application=local-" in lineage

    (shard,) = (example.folder / "tables/ranking").glob("*.parquet")
    shard.unlink()
    mended = example.run(*links)
    assert mended.stdout == first.stdout
    # Spark may put the rows in another order, so that what is made of them runs or does not.
    assert mended.ran["rank"] == 1
    assert mended.ran["extract"] == 0

    primes = example.run("primes.py", "main", "--below", "100000", "--parts", "1000")
    assert primes.stdout == "9592"
    assert primes.ran["count_primes"] == 1000
