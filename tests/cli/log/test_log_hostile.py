"""A record may come from anywhere: what is in it is shown, never run, and cannot steer the terminal."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from redun.recorder.batch import ValueFlag, ValueFormat
from redun_cli.log.writing import visible

Show = Callable[..., str]
NASTY = "\x1b]0;owned\x07\x1b[2J\r\n\x08\x9b31m\u202eevil\u2028\ufeff"


def test_the_trap_works(builder: Any, records: ModuleType) -> None:
    pickle.loads(builder.payload).close()
    assert builder.trap.exists()
    builder.trap.unlink()


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_form_of_log_unpickles(example: Any, show: Show, form: str) -> None:
    formats = {row[0] for row in example.builder.connection.execute("SELECT blob FROM value")}
    assert formats == {example.builder.payload}
    call = example.calls["link prog"]
    ids = [
        "-",
        "~1",
        "3f9a",
        "prog",
        "lib.c",
        "link",
        call.hash.hex(),
        call.result.hex(),
        example.make.hash.hex(),
    ]
    ids += [f"-.{number}" for number in range(1, 9)]
    for words in [[], ["--all"], ["--file"], ["--value"], *([one] for one in ids)]:
        assert show(*words, "--format", form)
        assert not example.builder.trap.exists(), words


@pytest.mark.parametrize("form", [ValueFormat.PICKLE, ValueFormat.RAW])
def test_an_error_that_is_no_text_is_left_alone(builder: Any, show: Show, form: ValueFormat) -> None:
    error = builder.value("ValueError: x", "redun.ErrorValue", flags=ValueFlag.ERROR)
    builder.connection.execute("UPDATE value SET format = ?", (form.value,))
    task = builder.task("demo.fail", [], "def fail(): ...")
    builder.execution(builder.call(task, {}, error, failed=True), ["run"])
    assert show("-.1").rstrip().endswith("ValueError: x")


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"traceback": 5}'])
def test_an_error_whose_text_is_damaged_is_still_shown(builder: Any, show: Show, text: str) -> None:
    error = builder.value("ValueError: x", "redun.ErrorValue", flags=ValueFlag.ERROR, json_text=text)
    task = builder.task("demo.fail", [], "def fail(): ...")
    builder.execution(builder.call(task, {}, error, failed=True), ["run"])
    assert "ValueError: x" in show("-.1")


def test_control_characters_are_written_out(builder: Any, show: Show) -> None:
    source = f"def f(x):\n    # {NASTY}\n    return x\n"
    task = builder.task("demo.f", ["x"], source)
    value = builder.value(f"'{NASTY}'")
    file = builder.file(f"dir/{NASTY}", "content")
    call = builder.call(task, {NASTY: value}, file)
    builder.execution(call, ["run", NASTY], tags={NASTY: NASTY})
    for words in [
        (),
        ("-",),
        ("-.1",),
        ("--all",),
        ("--file",),
        (value.hex(),),
        (call.hash.hex(),),
        ("demo.f",),
    ]:
        shown = show(*words)
        assert "evil" in shown or words == ("--file",)
        assert not [
            mark for mark in NASTY if mark in shown and mark not in "\n" and not mark.isprintable()
        ], words
    assert len(show("-").splitlines()) == len(show("-").split("\n")) - 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢 🙂", "plain é 漢 🙂"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\t", r"a\nb\t"),
        ("\u202e", r"\u202e"),
        ("\ud800", r"\ud800"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown
