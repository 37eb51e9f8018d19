"""The options of a task follow from its signature."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict

import pytest
from redun import Dir, File, task
from redun_cli.run.arguments import TaskParser


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class Point:
    x: int
    y: list[float]


class Pair(NamedTuple):
    left: Color
    right: datetime.date


class Options(TypedDict, total=False):
    depth: int


UserId = NewType("UserId", int)


class Version:
    """A class that reads itself from the command line."""

    def __init__(self, parts: tuple[int, ...]) -> None:
        self.parts = parts

    @classmethod
    def parse_arg(cls, raw_type: type, arg: str) -> Version:
        return cls(tuple(int(part) for part in arg.split(".")))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and other.parts == self.parts


def parse(func: Callable[..., Any], *words: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return TaskParser(task(namespace="arguments")(func), prog="redun run wf.py t").call(words)


def read(annotation: Any, *words: str) -> Any:
    def t(value):
        return value

    t.__annotations__["value"] = annotation
    return parse(t, "--value", *words)[1]["value"]


def error_of(capsys: pytest.CaptureFixture[str], func: Callable[..., Any], *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        parse(func, *words)
    assert caught.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: redun run wf.py t")
    return captured.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("annotation", "words", "expected"),
    [
        (str, ["a b"], "a b"),
        (str, ["5"], "5"),
        (int, ["-5"], -5),
        (float, ["1e3"], 1000.0),
        (bytes, ["ab"], b"ab"),
        (complex, ["1+2j"], 1 + 2j),
        (bool, ["true"], True),
        (bool, ["YES"], True),
        (bool, ["1"], True),
        (bool, ["false"], False),
        (bool, ["no"], False),
        (bool, ["0"], False),
        (Optional[int], ["5"], 5),  # noqa: UP045
        (int | None, ["none"], None),
        (str | None, ["none"], "none"),
        (int | str, ["5"], 5),
        (str | int, ["5"], 5),
        (int | str, ["x"], "x"),
        (int | float, ["1.5"], 1.5),
        (list, ["1", "b"], ["1", "b"]),
        (list[int], ["1", "2"], [1, 2]),
        (list[int], ["1"], [1]),
        (list[int] | None, ["1", "2"], [1, 2]),
        (Sequence[Path], ["a", "b"], [Path("a"), Path("b")]),
        (set[int], ["1", "1", "2"], {1, 2}),
        (frozenset[str], ["a"], frozenset({"a"})),
        (list[Color], ["RED", "BLUE"], [Color.RED, Color.BLUE]),
        (list[dict[str, int]], ['{"a": 1}', "{}"], [{"a": 1}, {}]),
        (list[list[int]], ["[1, 2]", "[]"], [[1, 2], []]),
        (Color, ["BLUE"], Color.BLUE),
        (Color, ["Color.BLUE"], Color.BLUE),
        (Literal["fast", 2], ["fast"], "fast"),
        (Literal["fast", 2], ["2"], 2),
        (datetime.datetime, ["2024-02-29T01:02:03"], datetime.datetime(2024, 2, 29, 1, 2, 3)),
        (datetime.date, ["2024-02-29"], datetime.date(2024, 2, 29)),
        (Path, ["a/b"], Path("a/b")),
        (uuid.UUID, ["12345678123456781234567812345678"], uuid.UUID("12345678123456781234567812345678")),
        (Decimal, ["1.10"], Decimal("1.10")),
        (Version, ["1.2"], Version((1, 2))),
        (UserId, ["7"], 7),
        (Annotated[int, "count"], ["7"], 7),
        (dict, ['{"a": [1, null]}'], {"a": [1, None]}),
        (dict[str, int], ['{"a": 1}'], {"a": 1}),
        (dict[int, Path], ['{"3": "x"}'], {3: Path("x")}),
        (tuple, ["[1, 2]"], (1, 2)),
        (tuple[int, str], ['[1, "x"]'], (1, "x")),
        (tuple[float, ...], ["[1, 2.5]"], (1.0, 2.5)),
        (dict[str, tuple[int, int]], ['{"a": [1, 2]}'], {"a": (1, 2)}),
        (Point, ['{"x": 1, "y": [2]}'], Point(1, [2.0])),
        (Pair, ['{"left": "RED", "right": "2024-01-01"}'], Pair(Color.RED, datetime.date(2024, 1, 1))),
        (Options, ['{"depth": 2}'], {"depth": 2}),
        (Any, ["[1]"], [1]),
        (Any, ["text"], "text"),
        (Callable, ["os.path.join"], __import__("os").path.join),
    ],
)
def test_a_value_is_read_as_its_annotation_says(annotation: Any, words: list[str], expected: Any) -> None:
    value = read(annotation, *words)
    assert value == expected
    assert type(value) is type(expected)


def test_files_and_folders() -> None:
    assert read(File, "a.txt").path == "a.txt"
    assert isinstance(read(File, "a.txt"), File)
    assert isinstance(read(Dir, "a"), Dir)
    assert [file.path for file in read(list[File], "a", "b")] == ["a", "b"]
    assert read(dict[str, list[File]], '{"k": ["x"]}')["k"][0].path == "x"


def test_a_parameter_without_annotation_is_text() -> None:
    def t(a, b=3):
        return a

    assert parse(t, "--a", "1", "--b", "2") == ((), {"a": "1", "b": "2"})


def test_options_are_kebab_case_and_defaults_are_left_to_the_task() -> None:
    def t(sample_name: str, min_depth: int = 3) -> str:
        return sample_name

    assert parse(t, "--sample-name", "x") == ((), {"sample_name": "x"})
    assert parse(t, "--sample-name=x", "--min-depth=-4") == ((), {"sample_name": "x", "min_depth": -4})


def test_a_list_takes_several_words_and_may_be_repeated() -> None:
    def t(names: list[str], n: int = 0) -> int:
        return n

    assert parse(t, "--names", "a", "b", "--n", "1", "--names", "c") == (
        (),
        {"names": ["a", "b", "c"], "n": 1},
    )


def test_a_flag_stands_alone_or_takes_a_word() -> None:
    def t(loud: bool = False) -> bool:
        return loud

    assert parse(t, "--loud") == ((), {"loud": True})
    assert parse(t, "--loud", "false") == ((), {"loud": False})
    assert parse(t, "--no-loud") == ((), {"loud": False})


def test_a_parameter_of_the_name_of_a_negated_flag_keeps_its_option() -> None:
    def t(cache: bool = True, no_cache: int = 0) -> int:
        return no_cache

    assert parse(t, "--no-cache", "4") == ((), {"no_cache": 4})


def test_parameters_may_be_called_help_and_like_options_of_run() -> None:
    def t(help: str, config: str, tag: str) -> str:  # noqa: A002
        return help

    assert parse(t, "--help", "a", "--config", "b", "--tag", "c") == (
        (),
        {"help": "a", "config": "b", "tag": "c"},
    )


def test_positional_only_and_variadic_parameters() -> None:
    def t(a: int, /, b: int = 2, *rest: int, c: int = 3, **more: int) -> int:
        return a

    assert parse(t, "--a", "1") == ((1,), {})
    assert parse(t, "--a", "1", "--rest", "7", "8", "--more", '{"z": 1}', "--c", "4") == (
        (1, 2, 7, 8),
        {"c": 4, "z": 1},
    )


def test_annotations_that_only_a_type_checker_knows_read_as_text() -> None:
    def t(x: NotImported) -> str:  # noqa: F821
        return x

    assert parse(t, "--x", "1") == ((), {"x": "1"})


@pytest.mark.parametrize(
    ("annotation", "word", "message"),
    [
        (int, "x", "argument --value: expected an integer, got 'x'"),
        (bool, "maybe", "argument --value: expected true or false, got 'maybe'"),
        (Color, "GREEN", "argument --value: expected one of RED, BLUE, got 'GREEN'"),
        (Literal["a", "b"], "c", "argument --value: expected one of a, b, got 'c'"),
        (list[int], "1.5", "argument --value: expected an integer, got '1.5'"),
        (int | float, "x", "argument --value: expected an integer or a number, got 'x'"),
    ],
)
def test_what_does_not_fit_is_said(
    capsys: pytest.CaptureFixture[str], annotation: Any, word: str, message: str
) -> None:
    def t(value):
        return value

    t.__annotations__["value"] = annotation
    assert error_of(capsys, t, "--value", word) == f"redun: error: {message}"


@pytest.mark.parametrize(
    ("annotation", "word", "reason"),
    [
        (datetime.date, "2024-02-30", "day"),
        (dict[str, int], "{", "not JSON"),
        (dict[str, int], '{"a": [1]}', "expected int, got [1]"),
        (dict[str, int], "[]", "expected an object"),
        (tuple[int, int], "[1]", "expected 2 items, got 1"),
        (Point, '{"x": 1}', "y"),
        (Callable, "os.nowhere", "nowhere"),
    ],
)
def test_the_reason_is_given_where_it_helps(
    capsys: pytest.CaptureFixture[str], annotation: Any, word: str, reason: str
) -> None:
    def t(value):
        return value

    t.__annotations__["value"] = annotation
    message = error_of(capsys, t, "--value", word)
    assert f"got {word!r}" in message
    assert reason in message


def test_missing_unknown_and_stray_words(capsys: pytest.CaptureFixture[str]) -> None:
    def t(sample_name: str, depth: int) -> str:
        return sample_name

    assert "--sample-name, --depth" in error_of(capsys, t)
    assert "expected one argument" in error_of(capsys, t, "--sample-name")
    given = ["--sample-name", "a", "--depth", "1"]
    assert "no such option: --dept; did you mean --depth?" in error_of(capsys, t, *given, "--dept", "2")
    assert "no such option: --sample_name; did you mean --sample-name?" in error_of(
        capsys, t, *given, "--sample_name=b"
    )
    assert "unexpected argument 'stray'" in error_of(capsys, t, *given, "stray")


def test_usage_is_made_from_signature_and_docstring(capsys: pytest.CaptureFixture[str]) -> None:
    def t(name: str, depth: int = 3, *, color: Color = Color.RED) -> str:
        """Say something, 100 % sure.

        More about it.

        Parameters
        ----------
        name : str
            Whom to greet,
            by first name.
        depth
            How deep.

        Returns
        -------
        str
        """
        return name

    with pytest.raises(SystemExit) as caught:
        parse(t, "--help")
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: redun run wf.py t [-h] --name TEXT [--depth INT] [--color {RED,BLUE}]")
    assert "Say something, 100 % sure.\n\nMore about it.\n" in text
    assert "Whom to greet, by first name." in text
    assert "How deep. (default: 3)" in text
    assert "(default: <Color.RED: 1>)" in text
    assert "Returns" not in text
