"""Where the scratch folder is."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.config import Config
from redun.errors import JobLostError
from redun.executors.base import Completion
from redun.executors.equipment import Equipment
from redun.executors.remote.arguments import encode_arguments
from redun.executors.remote.exchange import Exchange
from redun.executors.remote.remote_work import RemoteWork
from redun.executors.remote.result import write_result
from redun.functools import identity
from redun.value.seal import seal


@pytest.mark.parametrize(
    ("configdir", "scratch", "found"),
    [
        ("/project/.redun", "scratch", "/project/.redun/scratch"),
        ("/project/.redun", "../scratch/", "/project/scratch"),
        (".redun", "../scratch", "/project/scratch"),
        (None, "./scratch//jobs", "/project/scratch/jobs"),
        ("/project/.redun", "/shared/./scratch", "/shared/scratch"),
        ("/project/.redun", "~/scratch", str(Path.home() / "scratch")),
        ("/project/.redun", "file:///shared/scratch", "/shared/scratch"),
        ("/project/.redun", "s3://bucket/a/../b/", "s3://bucket/a/../b"),
    ],
)
def test_a_scratch_folder_is_found_as_other_paths_of_the_configuration(
    configdir: str | None, scratch: str, found: str
) -> None:
    equipment = Equipment(Config(configdir=configdir), "/project", dict)
    assert Exchange(scratch, equipment).scratch == found


def test_each_execution_packs_its_code_once_though_several_take_turns(tmp_path: Path) -> None:
    code = tmp_path / "project" / "flow.py"
    code.parent.mkdir()
    scratch = tmp_path / "scratch"
    exchange = Exchange(
        str(scratch), Equipment(Config(), str(code.parent), dict), packaging={"code_package": True}
    )
    sent = {}
    for turn, execution in enumerate(("a" * 32, "b" * 32, "a" * 32, "c" * 32)):
        code.write_text(f"turn = {turn}")
        work = RemoteWork(identity, bytes([turn]) * 20, f"{execution}.1", buffers=encode_arguments((1,), {}))
        exchange.send(work)
        sent[turn] = {path.name for path in (scratch / "code").iterdir()}
    assert [len(sent[turn]) for turn in range(4)] == [1, 2, 2, 3]


def test_a_result_that_cannot_be_read_is_lost_alone(tmp_path: Path) -> None:
    exchange = Exchange(str(tmp_path), Equipment(Config(), str(tmp_path), dict))
    works = [
        RemoteWork(identity, bytes([turn]) * 20, "a.1", buffers=encode_arguments((turn,), {}))
        for turn in range(3)
    ]
    sent = [(exchange.send(work), work) for work in works]
    Path(sent[0][0].url, "result").mkdir()
    write_result(sent[1][0].url, Completion(works[1], seal("there")))
    unreadable, there, missing = exchange.collect_many(sent)
    assert unreadable is not None
    assert isinstance(unreadable.error, JobLostError)
    assert unreadable.cause == "lost"
    assert f"{sent[0][0].url}/result cannot be read" in str(unreadable.error)
    assert there is not None
    assert there.sealed is not None
    assert there.sealed.value == "there"
    assert missing is None
