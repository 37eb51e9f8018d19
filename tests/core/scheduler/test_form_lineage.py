"""Where values come from that passed through special forms."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, catch, catch_all, cond, task
from redun.functools import seq

Reopen = Callable[[], Scheduler]


@task(namespace="forms", version="1")
def make(x: int) -> int:
    return x


@task(namespace="forms", version="1")
def use(value: Any) -> Any:
    return value


@task(namespace="forms", version="1")
def recover(error: Any) -> Any:
    return None


def sources(database: Path) -> list[int]:
    """Return, of the argument of `use`, the arguments of the calls of `make` that it came from."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT source_value.preview FROM flow"
            " JOIN call_node ON call_node.hash = flow.source"
            " JOIN argument AS source ON source.eval_hash = call_node.eval_hash"
            " JOIN value AS source_value ON source_value.hash = source.value_hash"
        )
        return sorted(int(preview) for (preview,) in rows)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (catch(make(1), ValueError, recover), [1]),
        (catch([make(1), make(2)], ValueError, recover)[1], [2]),
        (cond(make(1), make(2), make(3)), [2]),
        (cond(make(1), [make(2), make(3)])[0], [2]),
        (catch(cond(True, [make(2), make(3)]), ValueError, recover)[0], [2]),
        (seq([make(1), make(2)]), [1, 2]),
        (seq([make(1), [make(2), make(3)], make(4)])[1], [2, 3]),
        (seq([make(1), make(2)])[-1], [2]),
        (catch_all([make(1), make(2)]), [1, 2]),
        ([make(1), make(2)], [1, 2]),
    ],
)
def test_sources(reopen: Reopen, tmp_path: Path, value: Any, expected: list[int]) -> None:
    reopen().run(use(value))
    found = sources(tmp_path / "redun.db")
    assert found == expected
