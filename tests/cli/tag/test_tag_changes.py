"""`redun tag add`, `update` and `rm`: what they change, and that a mistake changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from redun.errors import AmbiguousIdError, DatabaseLockedError, RecordNotFoundError
from redun.recorder import patience
from redun.recorder.ids import job_tag_id

Invoke = Callable[..., Result]
Done = Callable[..., list[str]]
Rows = Callable[[], list[tuple[Any, ...]]]


def test_every_kind_of_record_by_every_kind_of_id(example: Any, done: Done, rows: Rows) -> None:
    call = example.calls["link prog"]
    root = example.IDENTITY
    made = {
        "-": ("execution", root, f"Execution:{root.hex()}"),
        "-.2": ("job", job_tag_id(root, 2), f"Job:{root.hex()}.2"),
        f"{root.hex()[:6]}.3": ("job", job_tag_id(root, 3), f"Job:{root.hex()}.3"),
        call.hash.hex()[:12]: ("call", call.hash, f"CallNode:{call.hash.hex()}"),
        "demo.link": ("task", example.link.hash, f"Task:{example.link.hash.hex()}"),
        "compile": ("task", example.compile.hash, f"Task:{example.compile.hash.hex()}"),
        "prog": ("value", call.result, f"Value:{call.result.hex()}"),
        example.calls["make"].result.hex(): (
            "value",
            example.calls["make"].result,
            f"Value:{example.calls['make'].result.hex()}",
        ),
    }
    lines = done("add", *made, "note=well done", "sizes=[1, 2]")
    assert lines == [
        f"add tag {shown} {pair}"
        for _, _, shown in made.values()
        for pair in ('note="well done"', "sizes=[1, 2]")
    ]
    expected = {
        (kind, identity, *pair)
        for kind, identity, _ in made.values()
        for pair in (("note", '"well done"'), ("sizes", "[1, 2]"))
    }
    assert set(rows()) == expected


def test_adding_twice_changes_nothing(done: Done, rows: Rows, example: Any) -> None:
    shown = f"Execution:{example.IDENTITY.hex()} n=1"
    assert done("add", "-", "n=1") == [f"add tag {shown}"]
    assert done("add", "-", "~1", "n=1") == [f"has tag {shown}"]
    assert [row[2:] for row in rows()] == [("n", "1")]


def test_update_replaces_all_values_of_its_keys_alone(done: Done, rows: Rows, example: Any) -> None:
    done("add", "-", "n=1", "n=2", "other=1")
    shown = f"tag Execution:{example.IDENTITY.hex()}"
    assert done("update", "-", "n=2", "n=3") == [
        f"delete {shown} n=1",
        f"add {shown} n=3",
        f"has {shown} n=2",
    ]
    assert [row[2:] for row in rows()] == [("n", "2"), ("n", "3"), ("other", "1")]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["-", "n"], [("k", "null"), ("s", '"x y"')]),
        (["-", "--", "n"], [("k", "null"), ("s", '"x y"')]),
        (["-", "--", "n", "k"], [("s", '"x y"')]),
        (["-", "n=2"], [("k", "null"), ("n", "1"), ("s", '"x y"')]),
        (["-", "n=2", "k", "s=x y"], [("n", "1")]),
        (["-", "k="], [("n", "1"), ("n", "2"), ("s", '"x y"')]),
    ],
)
def test_remove_by_key_or_by_value(
    done: Done, rows: Rows, words: list[str], left: list[tuple[str, str]]
) -> None:
    done("add", "-", "n=1", "n=2", "k=", "s=x y")
    assert all(line.startswith("delete tag Execution:") for line in done("rm", *words))
    assert [row[2:] for row in rows()] == left


def test_what_was_removed_is_remembered_until_it_is_added_again(done: Done, example: Any) -> None:
    def removed() -> list[Any]:
        connection = example.builder.connection
        return [row[0] for row in connection.execute("SELECT value FROM tag_removed ORDER BY value")]

    done("add", "-", "n=1", "n=2")
    done("rm", "-", "n=1")
    done("update", "-", "n=3")
    assert removed() == ["1", "2"]
    done("add", "-", "n=1")
    assert removed() == ["2"]


def test_a_path_with_an_equals_sign_stands_before_dashes(example: Any, done: Done) -> None:
    connection = example.builder.connection
    connection.execute("UPDATE file SET path = 'dir/x=1/prog' WHERE path = 'prog'")
    (line,) = done("add", "dir/x=1/prog", "--", "y=2")
    assert line == f"add tag Value:{example.calls['link prog'].result.hex()} y=2"


@pytest.mark.parametrize("command", ["add", "update"])
def test_one_unknown_id_of_several_changes_nothing(invoke: Invoke, rows: Rows, command: str) -> None:
    result = invoke(command, "-", "-.1", "nowhere", "n=1")
    assert isinstance(result.exception, RecordNotFoundError)
    assert "is called 'nowhere'" in str(result.exception)
    assert result.stdout == ""
    assert rows() == []


def test_an_ambiguous_id_lists_what_it_may_be(example: Any, invoke: Invoke, rows: Rows) -> None:
    connection = example.builder.connection
    connection.execute("INSERT INTO file SELECT 'demo.link', value_hash FROM file WHERE path = 'prog'")
    result = invoke("add", "-", "demo.link", "n=1")
    assert isinstance(result.exception, AmbiguousIdError)
    assert example.link.hash.hex() in str(result.exception)
    assert rows() == []
    assert invoke("add", "./demo.link", "n=1").exit_code == 0


def test_removing_what_nothing_has_changes_nothing(invoke: Invoke, done: Done, rows: Rows) -> None:
    done("add", "-", "n=1", "k=2")
    before = rows()
    for words in [["n=1", "missing"], ["n=1", "k=3"]]:
        result = invoke("rm", "-", "-.1", *words)
        assert isinstance(result.exception, RecordNotFoundError)
        assert f"nothing has the tag {words[-1]} there; no tag was removed" == str(result.exception)
        assert rows() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["add", "n=1"], "say what is tagged: one ID or more, then KEY=VALUE"),
        (["add", "-"], "say which tag: KEY=VALUE after the ids"),
        (["add", "-", "n=1", "k"], "a tag is written KEY=VALUE, not 'k'"),
        (["add", "-", "=1"], "a tag is written KEY=VALUE, not '=1'"),
        (["add", "-", "n=[1"], "begins like JSON and is none"),
        (["add", "-", "n=[NaN]"], "must be JSON"),
        (["add", "-", "n=" + "[" * 100_000], "nested too deeply"),
        (["update", "-", "--"], "say which tag: KEY=VALUE after the ids"),
        (["rm", "-"], "say which tag: KEY or KEY=VALUE after the ids"),
        (["rm", "--", "n"], "say what is tagged: one ID or more, then KEY or KEY=VALUE"),
        (["list", "n", "--values"], "leave out either it or the tags"),
    ],
)
def test_wrong_usage(invoke: Invoke, rows: Rows, words: list[str], message: str) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert rows() == []


def test_a_key_that_comes_first_is_taken_for_an_id_and_nothing_is_removed(
    invoke: Invoke, done: Done, rows: Rows
) -> None:
    done("add", "-", "n=1", "k=2")
    before = rows()
    assert isinstance(invoke("rm", "-", "n", "k").exception, RecordNotFoundError)
    assert rows() == before


def test_tags_are_changed_beside_a_writer_and_not_while_it_holds_the_database(
    example: Any, invoke: Invoke, done: Done, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(example.builder.path, isolation_level=None) as other:
        other.execute("SELECT * FROM job").fetchall()
        done("add", "-", "n=1")
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(patience, "LIMIT_S", 0.0)
        monkeypatch.setattr("redun.recorder.database._BUSY_S", 0.01)
        result = invoke("add", "-", "n=2")
        assert isinstance(result.exception, DatabaseLockedError), result.exception
        other.execute("ROLLBACK")
    other.close()
    assert [row[2:] for row in rows()] == [("n", "1")]


def test_there_is_no_record_yet(tmp_path: Any, invoke: Invoke, example: Any) -> None:
    example.builder.path = tmp_path / "missing.db"
    result = invoke("add", "-", "n=1")
    assert isinstance(result.exception, RecordNotFoundError)
    assert not (tmp_path / "missing.db").exists()
