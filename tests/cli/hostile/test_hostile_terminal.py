"""Whatever a record holds, a command shows it: it neither runs it nor lets it steer the terminal."""

from __future__ import annotations

import json
import pickle
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

Redun = Callable[..., Any]

# Control characters, marks that format or hide, halves of pairs, separators of lines and paragraphs.
STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
FAKES = re.compile(r"^(Exec 00000000|\[redun\] Failed Job 00000000)", re.MULTILINE)


def check_terminal(shown: Any) -> None:
    """Check that what was written is safe to show."""
    assert shown.code in (0, 1), (shown.words, shown.err)
    for stream in (shown.out, shown.err):
        text = stream.decode()
        steering = {mark for mark in set(text) if unicodedata.category(mark) in STEERING} - {"\n"}
        assert not steering, (shown.words, steering)
        assert not FAKES.search(text), shown.words
    assert shown.code == 0 or shown.err.startswith(b"redun: error: "), (shown.words, shown.err)


def strings_of(document: Any) -> set[str]:
    """Return all texts in a document."""
    if isinstance(document, str):
        return {document}
    if isinstance(document, dict):
        return set().union(*(strings_of(one) for pair in document.items() for one in pair))
    return set().union(*map(strings_of, document)) if isinstance(document, list) else set()


def test_the_trap_works(record: Any) -> None:
    pickle.loads(record.payload).close()
    assert record.trap.exists()
    record.trap.unlink()


LISTS = [
    ["log"],
    ["log", "--limit", "0"],
    *(["log", f"--{kind}"] for kind in ("exec", "job", "call-node", "task", "value", "file", "all")),
    ["tag", "list"],
    ["tag", "list", "--values"],
    ["tag", "list", "raw"],
]


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_lists(redun: Redun, words: list[str], strings: dict[str, str]) -> None:
    for form in ("text", "json"):
        shown = redun(*words, "--format", form)
        check_terminal(shown)
        assert shown.code == 0, shown.err
    found = set().union(*(strings_of(json.loads(line)) for line in shown.text.splitlines()))
    lost = {
        name
        for name, text in strings.items()
        if text and not any(text in one or _stored(text) in one for one in found)
    }
    assert not lost - {"lone surrogate"}, words


def _stored(text: str) -> str:
    return json.dumps(text)


@pytest.mark.parametrize("form", ["text", "json"])
def test_each_record_in_detail(redun: Redun, record: Any, form: str) -> None:
    for name, one in record.written.items():
        for identity in one.ids if form == "text" else one.ids[:4]:
            shown = redun("log", identity, "--format", form)
            check_terminal(shown)
            assert shown.code == 0, (name, shown)
            if form == "json":
                documents = [json.loads(line) for line in shown.text.splitlines()]
                assert name == "lone surrogate" or any(one.text in text for text in strings_of(documents)), (
                    name,
                    identity,
                )


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_jobs_printed(redun: Redun, record: Any, form: str) -> None:
    for one in record.written.values():
        for identity in one.ids[:1]:
            check_terminal(redun("log", identity, "--output", "--format", form))


def test_looked_up_by_the_text_itself(redun: Redun, record: Any) -> None:
    for one in record.written.values():
        # A pattern takes time that grows with the square of its brackets.
        words = ["--file"] if re.search("[[*?]", one.text) else []
        check_terminal(redun("log", *words, "--", one.text[:1_000]))


def test_tags_of_hostile_keys(redun: Redun, record: Any) -> None:
    for one in record.written.values():
        key = one.text.partition("=")[0]
        check_terminal(redun("tag", "list", "--", key or "x"))


@pytest.mark.parametrize("form", ["text", "json"])
def test_why(redun: Redun, record: Any, form: str) -> None:
    everything = redun("why", record.together.hex(), "--format", form)
    check_terminal(everything)
    assert everything.code == 0, everything.err
    for name, one in record.written.items():
        for identity in one.ids[1:3]:
            shown = redun("why", identity, "--format", form)
            check_terminal(shown)
            assert shown.code == 0, (name, shown.err)
            if form == "json":
                assert json.loads(shown.out)
