from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Fails = Callable[..., str]


@pytest.mark.parametrize("text", ["zzz", "-.99", "~7", "ffffffffff", "no/file", "--"])
def test_an_unknown_id(example: Any, fails: Fails, text: str) -> None:
    words = ["--", text] if text == "--" else [text]
    message = fails(*words)
    assert repr(text) in message


def test_a_pattern_that_matches_nothing(example: Any, fails: Fails) -> None:
    assert "'*.zip'" in fails("--file", "*.zip")


def test_an_ambiguous_prefix_lists_what_it_may_be(builder: Any, fails: Fails) -> None:
    first, second = b"\xab" * 16, b"\xab\xac" * 8
    task = builder.task("demo.one", [], "def one(): ...")
    call = builder.call(task, {}, builder.value("1"))
    builder.execution(call, ["run", "first"], identity=first)
    builder.execution(call, ["run", "second"], identity=second)
    message = fails("ab")
    assert first.hex() in message
    assert second.hex() in message
    assert "run second" in message


@pytest.mark.parametrize("words", [(), ("-",), ("--file",), ("prog",)])
def test_a_record_that_is_not_there(workspace: Any, words: tuple[str, ...]) -> None:
    answer = workspace.redun("log", *words, code=1)
    assert "no record yet" in answer.stderr
    assert answer.stdout == ""
    assert not list(Path(workspace.folder).rglob("*.db"))
