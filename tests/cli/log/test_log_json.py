from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

Show = Callable[..., str]


def documents(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-",),
        ("-.6",),
        ("prog",),
        ("lib.c",),
        ("link",),
        ("--file",),
        ("--all",),
        ("--file", "*.o"),
        ("{call}",),
        ("{value}",),
    ],
)
def test_nothing_but_documents(example: Any, show: Show, words: tuple[str, ...]) -> None:
    call = example.calls["make prog"]
    words = tuple(word.format(call=call.hash.hex(), value=call.result.hex()) for word in words)
    found = documents(show("--format", "json", *words))
    assert found
    assert all("kind" in document for document in found)


def test_an_execution_is_followed_by_its_jobs(example: Any, show: Show) -> None:
    execution, *jobs = documents(show("-", "--format", "json"))
    assert execution["id"] == example.IDENTITY.hex()
    assert execution["jobs"]["demo.compile"] == {"DONE": 3}
    assert execution["duration"] == pytest.approx(2.34)
    assert execution["tags"] == {"user": ["ada"]}
    assert [job["number"] for job in jobs] == list(range(1, 9))
    assert jobs[5]["parent"] == f"{example.IDENTITY.hex()}.2"
    assert [argument["name"] for argument in jobs[5]["arguments"]] == ["prog_path", "o_files"]


def test_times_have_an_offset(example: Any, show: Show, records: Any) -> None:
    (execution,) = documents(show("--format", "json"))
    started = datetime.fromisoformat(execution["started"])
    assert started.utcoffset() is not None
    assert started.timestamp() == pytest.approx(records.START / 1e6)


def test_the_dataflow_of_a_file(example: Any, show: Show) -> None:
    (file,) = documents(show("prog", "--format", "json"))
    job = file["produced_by"]
    assert job["task"] == "demo.link"
    assert "def link" in job["task_record"]["source"]
    origins = {one["name"]: one["preview"] for one in job["upstream"]["variables"] if one["origin"]}
    assert set(origins) == {"prog_path", "c_file", "c_file_2"}
    assert "lib.c" in origins["c_file_2"]
    flows = {one["name"]: one["steps"] for one in job["upstream"]["variables"]}
    assert flows["o_files"] == [{"derives_from": ["compile_result", "compile_result_2"]}]
    assert flows["result"][0]["made_by"]["arguments"] == ["prog_path", "o_files"]


def test_all_records_unless_limited(example: Any, show: Show) -> None:
    assert len(documents(show("--job", "--format", "json"))) == 8
    assert len(documents(show("--job", "--format", "json", "--limit", "3"))) == 3
