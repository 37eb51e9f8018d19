"""Count the words of a folder of texts: each text by itself, so that an edited one is the only one counted again."""

from __future__ import annotations

import re
from collections import Counter

from redun import Dir, File, task

redun_namespace = "examples.word_count"


@task
def count(text: File) -> dict[str, int]:
    """Count the words of one text."""
    return dict(Counter(re.findall(r"[^\W\d_]+", text.read().lower())))


@task
def total(counts: list[dict[str, int]]) -> dict[str, int]:
    """Add up the counts of all texts."""
    return dict(sum(map(Counter, counts), Counter[str]()))


@task
def table(counts: dict[str, int], shortest: int, path: str) -> File:
    """Write down the words that are long enough, the most frequent first."""
    order = sorted(counts, key=lambda word: (-counts[word], word))
    made = File(path)
    made.write("".join(f"{counts[word]}\t{word}\n" for word in order if len(word) >= shortest))
    return made


@task
def main(texts: Dir = Dir("texts"), shortest: int = 4, path: str = "words.tsv") -> File:  # noqa: B008
    """Count the words of all texts of a folder, those of its folders included."""
    return table(total([count(text) for text in texts]), shortest, path)
