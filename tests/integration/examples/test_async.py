"""The async example: what is awaited is shared and cached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_refinement_goes_on_from_what_is_known(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("async")
    first = example.run("workflow.py", "main")
    assert first.stdout == "'6.493948, off by 8.9e-06'"
    assert first.ran == {"main": 1, "integrate": 25, "radiance": 53}

    again = example.run("workflow.py", "main")
    assert again.stdout == first.stdout
    assert not again.ran
    assert again.cached == {"main": 1}

    finer = example.run("workflow.py", "main", "--tolerance", "1e-4")
    assert finer.cached == {"radiance": 53}
    assert finer.ran["radiance"] > 0

    example.edit("workflow.py", "off by", "wrong by")
    edited = example.run("workflow.py", "main")
    assert edited.stdout == "'6.493948, wrong by 8.9e-06'"
    assert edited.ran == {"main": 1}
    # It is replayed as a whole, so nobody below it is asked.
    assert edited.cached == {"integrate": 1}

    example.edit("workflow.py", "x**3 / math.expm1(x)", "1.0 * x**3 / math.expm1(x)")
    assert example.run("workflow.py", "main").ran == {"main": 1, "integrate": 25, "radiance": 53}
