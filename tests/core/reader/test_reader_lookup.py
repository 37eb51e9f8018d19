from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from redun.errors import AmbiguousIdError, RecordNotFoundError
from redun.recorder.reader import Reader
from redun.recorder.reader_lookup import find, resolve
from redun.recorder.reader_records import Kind


def test_each_way_to_name_an_execution(example: Any, reader: Reader, records: ModuleType) -> None:
    second = bytes.fromhex("77" * 16)
    example.run("lib 2", second, records.START + records.DAY)
    example.builder.save()
    names = {"-": second, "~1": second, "~2": example.IDENTITY, "777": second, "3F9A2B": example.IDENTITY}
    for text, identity in names.items():
        found = find(reader, text)
        assert (found.kind, found.key) == (Kind.EXECUTION, identity), text


@pytest.mark.parametrize("text", ["-.6", "~1.6", "3f9a.6", "3f9a2b1c.6"])
def test_each_way_to_name_a_job(example: Any, reader: Reader, text: str) -> None:
    found = find(reader, text)
    assert (found.kind, found.key, found.id) == (Kind.JOB, (example.key, 6), "3f9a2b1c.6")


def test_calls_tasks_and_values_by_hash(example: Any, reader: Reader) -> None:
    call = example.calls["lib.c"]
    for kind, identity in [(Kind.CALL, call.hash), (Kind.TASK, example.link.hash), (Kind.VALUE, call.result)]:
        for digits in (12, 40):
            found = find(reader, identity.hex()[:digits])
            assert (found.kind, found.key) == (kind, identity)


@pytest.mark.parametrize("name", ["link", "demo.link"])
def test_a_task_by_name_is_its_newest_version(example: Any, reader: Reader, name: str) -> None:
    newer = example.builder.task("demo.link", ["prog_path"], "def link(prog_path): ...")
    example.builder.save()
    found = find(reader, name)
    assert (found.kind, found.key) == (Kind.TASK, newer.hash)


def test_one_bare_name_of_two_tasks_is_ambiguous(example: Any, reader: Reader) -> None:
    example.builder.task("other.link", [], "def link(): ...")
    example.builder.save()
    with pytest.raises(AmbiguousIdError) as caught:
        find(reader, "link")
    assert "demo.link" in str(caught.value)
    assert "other.link" in str(caught.value)


@pytest.mark.parametrize("spelling", ["prog.c", "./prog.c", "{here}/prog.c", "sub/../prog.c"])
def test_a_file_by_any_spelling_of_its_path(
    example: Any, reader: Reader, spelling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = find(reader, spelling.format(here=tmp_path))
    assert (found.kind, found.key) == (Kind.FILE, "prog.c")


def test_a_url_is_taken_as_it_is(example: Any, reader: Reader) -> None:
    example.builder.file("s3://bucket/x", "content")
    example.builder.save()
    assert find(reader, "s3://bucket/x").kind is Kind.FILE
    with pytest.raises(RecordNotFoundError):
        find(reader, "s3://bucket/../x")


@pytest.mark.parametrize(
    "text", ["zzz", "ffffffffffff", "-.99", "~9", "3f9a.77", "no/such/file", "", "'; DROP"]
)
def test_what_names_nothing_is_an_error(example: Any, reader: Reader, text: str) -> None:
    with pytest.raises(RecordNotFoundError):
        find(reader, text)


def test_an_ambiguous_prefix_lists_the_candidates_one_a_line(builder: Any, reader: Reader) -> None:
    hashes = {builder.value(f"{number}", "builtins.int") for number in range(40)}
    builder.save()
    digit = max("0123456789abcdef", key=lambda one: sum(value.hex()[0] == one for value in hashes))
    among = [value.hex() for value in hashes if value.hex()[0] == digit]
    assert len(among) > 1
    with pytest.raises(AmbiguousIdError) as caught:
        find(reader, digit)
    lines = str(caught.value).split("\n")[1:]
    assert len(lines) == len(among)
    assert all(any(value in line for line in lines) for value in among)


def test_a_full_name_goes_before_a_prefix(builder: Any, reader: Reader) -> None:
    value = builder.value("0")
    path = value.hex()[:6]
    builder.file(path, "content")
    builder.save()
    assert find(reader, path).kind is Kind.FILE
    assert {candidate.kind for candidate in resolve(reader, path)} == {Kind.FILE, Kind.VALUE}
    assert find(reader, path, [Kind.VALUE]).key == value


def test_kinds_narrow_the_search(example: Any, reader: Reader) -> None:
    with pytest.raises(RecordNotFoundError, match="no task"):
        find(reader, "3f9a", [Kind.TASK])
