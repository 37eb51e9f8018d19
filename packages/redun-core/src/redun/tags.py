"""Tags: a key and a JSON value attached to an execution, job, task or value; how they are checked, read and written.

Floor: ground.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

__all__ = [
    "ANY_VALUE",
    "decode_tag_value",
    "encode_tags",
    "format_tag_key_value",
    "format_tag_value",
    "parse_tag_key_value",
    "parse_tag_value",
    "str2literal",
]

ANY_VALUE: Any = type("AnyValue", (), {"__slots__": (), "__repr__": lambda self: "ANY_VALUE"})()
"""Stands for any value of a key, in searches."""

_LITERALS = {"true": True, "false": False, "null": None}


def str2literal(text: str) -> Any:
    """Return what `true`, `false` or `null` stands for.

    Raises
    ------
    ValueError
        The text is none of them.

    Examples
    --------
    >>> str2literal("true"), str2literal("null")
    (True, None)
    """
    try:
        return _LITERALS[text]
    except KeyError:
        raise ValueError(f"{text!r} is none of true, false, null") from None


def parse_tag_value(text: str) -> Any:
    """Read a tag's value as it is typed.

    A number, true, false, null, or what begins like a JSON array, object or string is read as JSON; nothing is null;
    anything else is text.

    Raises
    ------
    ValueError
        What begins like JSON is none.

    Examples
    --------
    >>> [parse_tag_value(text) for text in ("3", "2.5", "true", "", "[1, 2]", "acme corp")]
    [3, 2.5, True, None, [1, 2], 'acme corp']
    """
    if not text:
        return None
    if text[0] in '[{"':
        try:
            return json.loads(text)
        except ValueError as error:
            raise ValueError(f"the tag value {text!r} begins like JSON and is none: {error}") from None
        except RecursionError:
            raise ValueError(f"the tag value {text[:40]!r}... is nested too deeply") from None
    for read in (int, float, str2literal):
        try:
            value = read(text)
        except ValueError:
            continue
        # What JSON has no number for (nan, inf) stays text.
        return text if isinstance(value, float) and value - value != 0 else value
    return text


def parse_tag_key_value(text: str, value_required: bool = True) -> tuple[str, Any]:
    """Read a tag as it is typed, `key=value`.

    Parameters
    ----------
    text : str
    value_required : bool
        False: a key alone will do, and stands for any value of it.

    Raises
    ------
    ValueError
        The text is no tag.

    Examples
    --------
    >>> parse_tag_key_value("project=acme"), parse_tag_key_value("size=3")
    (('project', 'acme'), ('size', 3))
    >>> parse_tag_key_value("project", value_required=False)
    ('project', ANY_VALUE)
    """
    key, equals, value = text.partition("=")
    if not key or (value_required and not equals):
        raise ValueError(f"a tag is written KEY=VALUE, not {text!r}")
    return key, parse_tag_value(value) if equals else ANY_VALUE


def decode_tag_value(text: str) -> Any:
    """Return the value that a recorded JSON text stands for; what is no such text is returned as it is.

    Examples
    --------
    >>> decode_tag_value('"acme"'), decode_tag_value("acme")
    ('acme', 'acme')
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def format_tag_value(value: Any) -> str:
    """Write a tag's value so that `parse_tag_value` reads it back.

    Examples
    --------
    >>> format_tag_value("acme"), format_tag_value("3"), format_tag_value(3)
    ('acme', '"3"', '3')
    """
    if isinstance(value, str) and value:
        try:
            if " " not in value and parse_tag_value(value) == value:
                return value
        except ValueError:
            pass
    return json.dumps(value)


def format_tag_key_value(key: str, value: Any, max_length: int = 50) -> str:
    """Write a tag as `key=value`, its end left out if it is longer than `max_length`.

    Examples
    --------
    >>> format_tag_key_value("project", "acme")
    'project=acme'
    """
    text = f"{key}={format_tag_value(value)}"
    return text if len(text) <= max_length else f"{text[: max_length - 3]}..."


def encode_tags(owner: str, tags: Iterable[Any]) -> list[tuple[str, str]]:
    """Return keys and JSON texts of tags, as they are recorded.

    Parameters
    ----------
    owner : str
        Who has them, for messages.
    tags : iterable of (str, JSON value)

    Raises
    ------
    TypeError
        They are no list of pairs of a key and a JSON value.

    Examples
    --------
    >>> encode_tags("an example", [("project", "acme")])
    [('project', '"acme"')]
    """
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise TypeError(f"{owner}: tags must be pairs of key and value, not {tags!r}.")
    encoded = []
    for tag in tags:
        if not isinstance(tag, (tuple, list)) or len(tag) != 2:
            raise TypeError(f"{owner}: tags must be pairs of key and value, not {tag!r}.")
        key, value = tag
        if not isinstance(key, str) or not key:
            raise TypeError(f"{owner}: the key of a tag must be a text, not {key!r}.")
        try:
            text = json.dumps(value, sort_keys=True, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise TypeError(
                f"{owner}: the value of tag {key!r} must be JSON, not {value!r} ({error})."
            ) from None
        encoded.append((key, text))
    return encoded
