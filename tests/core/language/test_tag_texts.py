"""Tags as they are typed and written."""

from __future__ import annotations

from typing import Any

import pytest
from redun.tags import (
    ANY_VALUE,
    format_tag_key_value,
    format_tag_value,
    parse_tag_key_value,
    parse_tag_value,
    str2literal,
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("a=1", ("a", 1)),
        ("a=", ("a", None)),
        ("a=-1.5e3", ("a", -1500.0)),
        ("a=nan", ("a", "nan")),
        ("a=true", ("a", True)),
        ("a=null", ("a", None)),
        ("a=x y", ("a", "x y")),
        ('a={"b": 2}', ("a", {"b": 2})),
        ("a=b=c", ("a", "b=c")),
        ('a="1"', ("a", "1")),
    ],
)
def test_reading(text: str, tag: tuple[str, Any]) -> None:
    assert parse_tag_key_value(text) == tag


def test_a_key_alone() -> None:
    assert parse_tag_key_value("a", value_required=False) == ("a", ANY_VALUE)
    assert parse_tag_key_value("a=", value_required=False) == ("a", None)
    for text in ("a", "=3", ""):
        with pytest.raises(ValueError, match=f"a tag is written KEY=VALUE, not '{text}'"):
            parse_tag_key_value(text)
    with pytest.raises(ValueError, match="a tag is written KEY=VALUE"):
        parse_tag_key_value("=3", value_required=False)


def test_what_begins_like_json_must_be_json() -> None:
    with pytest.raises(ValueError, match=r"the tag value '\[1' begins like JSON and is none: Expecting"):
        parse_tag_value("[1")
    with pytest.raises(ValueError, match="'none' is none of true, false, null"):
        str2literal("none")


@pytest.mark.parametrize(
    "value", ["x", "1", "true", "", "a b", "[1]", "null", "nan", 1, 2.5, None, True, [1, "x"], {"a": None}]
)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert parse_tag_value(format_tag_value(value)) == value


def test_writing() -> None:
    written = [format_tag_key_value("k", value) for value in ("x", "1", "a b", 1, None, {"a": 1})]
    assert written == ["k=x", 'k="1"', 'k="a b"', "k=1", "k=null", 'k={"a": 1}']
    assert format_tag_key_value("k", "x" * 100) == f"k={'x' * 45}..."
    assert len(format_tag_key_value("k", "x" * 100, max_length=20)) == 20
