"""Whatever a record holds, a command shows it: it neither runs it nor lets it steer the terminal."""

from __future__ import annotations

import csv
import io
import json
import pickle
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

pytestmark = pytest.mark.slow

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
    assert shown.code == 0 or shown.words[0] == "db" or shown.err.startswith(b"redun: error: "), shown


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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_jobs_printed(redun: Redun, record: Any, form: str) -> None:
    for one in record.written.values():
        for identity in one.ids[:1]:
            check_terminal(redun("log", identity, "--output", "--format", form))


def test_looked_up_by_the_text_itself(redun: Redun, record: Any) -> None:
    for one in record.written.values():
        # A pattern takes time that grows with the square of its brackets.
        words = ["--file"] if re.search(r"[\[*?]", one.text) else []
        check_terminal(redun("log", *words, "--", one.text[:1_000]))


def test_tags_of_hostile_keys(redun: Redun, record: Any) -> None:
    for one in record.written.values():
        key = one.text.partition("=")[0]
        check_terminal(redun("tag", "list", "--", key or "x"))


@pytest.mark.slow
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


EXECUTION_COMMANDS = [
    ["log", "{id}", "--depth", "3"],
    ["log", "{id}.1", "--downstream"],
    ["log", "--detail", "--job", "--exec-id", "{id}"],
    ["log", "--all", "--count"],
    ["diff", "{id}", "{other}"],
    ["db", "info"],
    ["db", "check"],
    ["db", "gc", "--all"],
    ["repo", "list"],
]


@pytest.mark.parametrize("words", EXECUTION_COMMANDS, ids=" ".join)
def test_other_commands(redun: Redun, record: Any, words: list[str]) -> None:
    other = record.written["script"].execution.hex()
    words = [word.format(id=record.together.hex(), other=other) for word in words]
    shown = redun(*words)
    check_terminal(shown)
    if words[0] in ("log", "diff"):
        shown = redun(*words, "--format", "json")
        check_terminal(shown)
        assert shown.code == 0, shown.err
        assert all(json.loads(line) for line in shown.text.splitlines())


@pytest.mark.parametrize("kind", ["exec", "job", "task", "value", "file", "call-node"])
def test_cells_of_tables(redun: Redun, record: Any, kind: str) -> None:
    shown = redun("log", f"--{kind}", "--limit", "0", "--format", "csv")
    check_terminal(attrs.evolve(shown, out=shown.out.replace(b"\r\n", b"\n")))
    csv.field_size_limit(10_000_000)
    head, *rows = csv.reader(io.StringIO(shown.text, newline=""))
    assert len(rows) >= len(record.written)
    for row in rows:
        assert len(row) == len(head)
        for cell in row:
            assert not re.match(r"\s*[=+@]|\s*-(?![0-9.]+$)", cell), cell


def test_what_redun_cannot_have_written_is_exported_safely_and_not_taken_in(
    redun: Redun, record: Any, tmp_path: Path
) -> None:
    lines = redun("export", record.together.hex())
    check_terminal(lines)
    assert lines.code == 0, lines.err
    assert all(json.loads(line) for line in lines.text.splitlines())
    (tmp_path / "lines.jsonl").write_bytes(lines.out)
    folder = tmp_path / ".redun"
    folder.mkdir()
    (folder / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\n")
    shown = redun("import", "--file", "lines.jsonl", config=folder)
    check_terminal(shown)
    assert shown.code == 1
    assert b"Nothing was imported." in shown.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [".redun", "lines.jsonl"]
