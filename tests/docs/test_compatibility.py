"""The page on compatibility is complete, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "compatibility.md"
STATES = ("same", "better", "differs", "missing", "later")
LABEL = re.compile(r"\| ([RL]?\d+) \|")


class Row(NamedTuple):
    """An item of the page."""

    label: str
    what: str
    state: str
    test: str
    clause: str


def rows() -> list[Row]:
    """Return the items of all tables."""
    lines = [line for line in PAGE.read_text().splitlines() if LABEL.match(line)]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert all(len(row) == 5 for row in cells), [row for row in cells if len(row) != 5]
    return [Row(*row) for row in cells]


ROWS = rows()


@cache
def definitions(path: Path) -> dict[str, ast.AST]:
    """Return the tests and classes of a file, those of classes as `Class::name`."""
    found: dict[str, ast.AST] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            inner = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}::{part.name}": part for part in inner}
    return found


def is_there(test: str) -> bool:
    """Tell whether there is a test of this name; ids of parameters are not looked at."""
    path, _, name = test.partition("::")
    file = ROOT / path
    return file.is_file() and name.partition("[")[0] in definitions(file)


def test_every_item_occurs_once() -> None:
    labels = [row.label for row in ROWS]
    assert len(labels) == len(set(labels)), sorted(label for label in labels if labels.count(label) > 1)
    wanted = {str(number) for number in range(1, 210)} | {f"R{number}" for number in range(1, 110)}
    assert wanted - set(labels) == set()
    numbers = [int(label[1:]) for label in labels if label.startswith("L")]
    assert all(1 <= number <= 137 for number in numbers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_an_item_is_well_formed(row: Row) -> None:
    assert row.state in STATES
    assert row.what
    if row.state in ("differs", "missing", "later"):
        assert row.clause, "what is not the same has a reason"
    if row.state in ("missing", "later"):
        assert row.test == "", "a test shows what is there"
    else:
        test = row.test.strip("`")
        assert row.test == f"`{test}`"
        assert is_there(test), test


def test_tests_named_in_the_text_are_there() -> None:
    named = re.findall(r"`(tests/[^`]*::[^`]*)`", PAGE.read_text())
    assert [test for test in named if not is_there(test)] == []


def test_states_are_explained() -> None:
    explained = re.findall(r"^\| (\w+) \| (?!what)[^|]+ \|$", PAGE.read_text(), re.MULTILINE)
    assert set(STATES) <= set(explained)


@pytest.mark.parametrize(
    ("test", "there"),
    [
        ("tests/docs/test_compatibility.py::test_states_are_explained", True),
        ("tests/docs/test_compatibility.py::test_an_item_is_well_formed[R1]", True),
        ("tests/docs/test_compatibility.py::test_nothing", False),
        ("tests/docs/test_nothing.py::test_states_are_explained", False),
        ("tests/docs/test_compatibility.py", False),
    ],
)
def test_a_test_that_is_not_there_is_noticed(test: str, there: bool) -> None:
    assert is_there(test) is there
