from __future__ import annotations

import pytest
from redun.recorder.lineage_names import CallNames, Namer

SOURCE = """
    @task(cache=False)
    async def main(path, options):
        obj = compile(path)
        lib: File = archive.options(memory=4)(obj, flags=options)
        left, right = split(1), split(2)
        if (found := tools.find(lib, *rest, path)):
            done = await finish(found)
        return link(obj, [lib], flags=compile(path))
"""


@pytest.fixture
def names() -> CallNames:
    return CallNames(SOURCE)


@pytest.mark.parametrize(
    ("function", "variable"),
    [
        ("archive", "lib"),
        ("find", "found"),
        ("finish", "done"),
        ("link", None),
        ("compile", None),
        ("split", None),
        ("unknown", None),
    ],
)
def test_variables_that_results_are_assigned_to(
    names: CallNames, function: str, variable: str | None
) -> None:
    assert names.result(function) == variable


@pytest.mark.parametrize(
    ("function", "position", "parameter", "variable"),
    [
        ("compile", 0, "c_file", "path"),
        ("archive", 0, "objects", "obj"),
        ("archive", 1, "flags", "options"),
        ("link", 0, "objects", "obj"),
        ("link", 1, "libs", None),
        ("link", 2, "flags", None),
        ("find", 0, "where", "lib"),
        ("find", 2, "what", None),
        ("unknown", 0, "x", None),
    ],
)
def test_variables_that_are_passed(
    names: CallNames, function: str, position: int, parameter: str, variable: str | None
) -> None:
    assert names.argument(function, position, parameter) == variable


def test_calls_that_disagree_name_nothing() -> None:
    names = CallNames("def main(a, b): return f(a) + f(b)")
    assert names.argument("f", 0, "x") is None


@pytest.mark.parametrize(
    "source", ["", "def (", "x = \x00", "lambda", "(" * 5_000, "x = " + "-" * 50_000 + "1"]
)
def test_a_source_that_is_none_has_no_names(source: str) -> None:
    assert CallNames(source).result("f") is None


def test_names_are_unique() -> None:
    namer = Namer()
    given = [namer.unique(name) for name in ["x", "x", "y", "x_2", "x", "x_2"]]
    assert given[:3] == ["x", "x_2", "y"]
    assert len(set(given)) == len(given)
