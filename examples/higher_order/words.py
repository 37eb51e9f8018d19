"""Counting words with tasks that take tasks: map, compose, partial application, plain functions."""

from __future__ import annotations

from collections import Counter

from redun import task
from redun.functools import apply_func, as_task, compose, flat_map, map_, starmap, zip_

redun_namespace = "examples.higher_order"

TEXTS = {
    "rose": "A rose is a rose is a rose",
    "row": "Row row row your boat",
}


@task
def read(name: str) -> str:
    """Read a text."""
    return TEXTS[name]


@task
def words(text: str) -> list[str]:
    """Split a text into words."""
    return text.lower().split()


@task
def longer_than(length: int, words: list[str]) -> list[str]:
    """Keep long words."""
    return [word for word in words if len(word) > length]


@task
def count(words: list[str]) -> dict[str, int]:
    """Count words."""
    return dict(Counter(words))


@task
def show(name: str, counts: dict[str, int]) -> str:
    """Say which word is the most frequent one."""
    word = max(counts, key=lambda word: counts[word])
    return f"{name}: {word} ({counts[word]})"


def total(counts: list[dict[str, int]]) -> int:
    """Add up all counts: a plain function, no task."""
    return sum(sum(one.values()) for one in counts)


@task
def most_frequent(names: list[str]) -> list[str]:
    """Name the most frequent long word of each text."""
    count_long = compose(count, longer_than.partial(2), words, read)
    counts = map_(count_long, names)
    pairs = zip_(names, counts)
    return starmap(show, map_(as_task(as_arguments), pairs))


def as_arguments(pair: tuple[str, dict[str, int]]) -> dict[str, object]:
    """Name the arguments of `show`."""
    return {"name": pair[0], "counts": pair[1]}


@task
def vocabulary(names: list[str]) -> list[str]:
    """List the words of all texts."""
    return apply_func(sorted, apply_func(set, flat_map(compose(words, read), names)))


@task
def size(names: list[str]) -> int:
    """Count all words of all texts."""
    return apply_func(total, map_(count, map_(words, map_(read, names))))
