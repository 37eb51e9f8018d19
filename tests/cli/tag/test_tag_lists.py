"""`redun tag list`: which tags there are, and what has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

Invoke = Callable[..., Result]
Done = Callable[..., list[str]]


@pytest.fixture
def tagged(example: Any, done: Done) -> Any:
    done("add", "-", "-.1", "-.2", "prog", "n=1", "where=at home")
    done("add", "-", "demo.link", example.calls["prog.c"].hash.hex(), "n=2", 'deep={"b": [1, 2], "a": null}')
    return example


def test_keys_and_their_numbers(tagged: Any, done: Done) -> None:
    assert done("list") == [
        "Tags:",
        "  deep       (1 Execution, 1 CallNode, 1 Task)",
        "  n          (2 Execution, 2 Job, 1 CallNode, 1 Task, 1 Value)",
        "  user       (1 Execution)",
        "  where      (1 Execution, 2 Job, 1 Value)",
    ]


def test_values_of_every_kind(tagged: Any, done: Done) -> None:
    assert done("list", "--values") == [
        "Tags:",
        '  deep={"a": null, "b": [1, 2]} (1 Execution, 1 CallNode, 1 Task)',
        "  n=1                           (1 Execution, 2 Job, 1 Value)",
        "  n=2                           (1 Execution, 1 CallNode, 1 Task)",
        "  user=ada                      (1 Execution)",
        '  where="at home"               (1 Execution, 2 Job, 1 Value)',
    ]


def test_what_has_a_tag(tagged: Any, done: Done) -> None:
    shown = tagged.IDENTITY.hex()[:8]
    kinds = [line.split()[:2] for line in done("list", "n")]
    assert kinds == [
        ["Exec", shown],
        ["Job", f"{shown}.1"],
        ["Job", f"{shown}.2"],
        ["CallNode", tagged.calls["prog.c"].hash.hex()[:8]],
        ["Task", tagged.link.hash.hex()[:8]],
        ["Value", tagged.calls["link prog"].result.hex()[:8]],
    ]
    assert [line.split()[0] for line in done("list", "n=1")] == ["Exec", "Job", "Job", "Value"]
    (line,) = done("list", "n=1", "deep")
    assert line.endswith(' (deep={"a": null, "b": [1, 2]}, n=1, n=2, user=ada, where=at home)')
    assert line == done("list", 'deep={"a": null, "b": [1, 2]}', "where=at home")[0]
    assert len(done("list", "deep", "n=2")) == 3


def test_as_documents(tagged: Any, done: Done) -> None:
    counts = [json.loads(line) for line in done("list", "--values", "--format", "json")]
    assert counts[0] == {
        "key": "deep",
        "value": {"a": None, "b": [1, 2]},
        "counts": {"execution": 1, "call_node": 1, "task": 1},
    }
    assert [one["key"] for one in map(json.loads, done("list", "--format", "json"))] == [
        "deep",
        "n",
        "user",
        "where",
    ]
    records = [json.loads(line) for line in done("list", "n", "--format", "json")]
    assert [one["kind"] for one in records] == ["execution", "job", "job", "call_node", "task", "value"]
    assert records[1]["tags"] == {"n": [1], "where": ["at home"]}
    assert records[0]["tags"]["n"] == [1, 2]


def test_a_limit(tagged: Any, done: Done) -> None:
    *lines, last = done("list", "n", "-n", "2")
    assert len(lines) == 2
    assert last == "... there are more; `--limit 0` shows them all, `--limit 4` twice as many"
    assert len(done("list", "n", "-n", "6")) == 6
    assert len(done("list", "-n", "1")) == 3
    assert len(done("list", "n", "-n", "2", "--format", "json")) == 2


def test_nothing_has_the_tag(tagged: Any, invoke: Invoke) -> None:
    for words, told in [(["x=1"], "Nothing has this tag."), (["n=1", "x"], "Nothing has these tags.")]:
        result = invoke("list", *words)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{told}\n")


def test_what_is_tagged_but_no_longer_recorded_is_left_out(tagged: Any, done: Done) -> None:
    tagged.builder.connection.execute("DELETE FROM job WHERE number = 2")
    assert [line.split()[0] for line in done("list", "n=1")] == ["Exec", "Job", "Value"]


def test_a_text_that_is_no_json_is_shown_as_it_is(tagged: Any, done: Done) -> None:
    connection = tagged.builder.connection
    connection.execute("UPDATE tag SET value = ? WHERE value = '1'", ("[" * 10_000,))
    connection.execute("UPDATE tag SET value = ? WHERE value = '2'", ("{nonsense",))
    assert any("{nonsense" in line for line in done("list", "--values"))
    assert {len(line) < 2_000 for line in done("list", "n")} == {True}
    assert all(json.loads(line) for line in done("list", "n", "--format", "json"))
