"""Tags of executions, jobs, tasks and values, and where they are found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, apply_tags, task
from redun.config import Config
from redun.errors import ArgumentError, ConfigError, TaskDefinitionError
from redun.hashing.values import hash_value
from redun.recorder.database import open_database
from redun.recorder.ids import job_tag_id
from redun.recorder.reader import open_reader
from redun.recorder.tagging import Entity, add_tags, remove_tags
from redun.recorder.transaction import Session

Reopen = Callable[[], Scheduler]
Tags = dict[str, list[object]]


@task(namespace="tags_recorded", version="1", tags=[("team", "a"), ("size", 3)])
def tagged(x: int) -> int:
    return x


@task(namespace="tags_recorded", version="1")
def applying(x: int) -> Any:
    labels = [("number", tagged(x)), ("list", [1, {"b": 2}])]
    return apply_tags(
        [tagged(x), "result"], tags=labels, job_tags=[("kind", "test")], execution_tags=[("run", x)]
    )


class Record:
    """What is tagged in a database."""

    def __init__(self, path: Path) -> None:
        self._reader = open_reader(path)
        self._execution = next(iter(self._reader.executions(1)))

    def execution(self) -> Tags:
        return self._of("execution", self._execution.id)

    def job(self, number: int) -> Tags:
        return self._of("job", job_tag_id(self._execution.id, number))

    def task(self, one: Any) -> Tags:
        return self._of("task", one.digest)

    def value(self, value: Any) -> Tags:
        return self._of("value", hash_value(value))

    def has_value(self, value: Any) -> bool:
        return bool(self._reader.values([hash_value(value)]))

    def _of(self, entity: str, identity: bytes) -> Tags:
        return self._reader.tags(entity, [identity]).get(identity, {})


@pytest.fixture
def record(tmp_path: Path, reopen: Reopen) -> Callable[[], Record]:
    def read() -> Record:
        reopen().close()
        return Record(tmp_path / "redun.db")

    return read


def test_tags_of_a_task_are_those_of_its_jobs_cached_ones_included(
    reopen: Reopen, record: Callable[[], Record]
) -> None:
    for _ in range(2):
        reopen().run(tagged(1))
        found = record()
        assert found.task(tagged) == found.job(1) == {"team": ["a"], "size": [3]}


def test_tags_of_a_call(reopen: Reopen, record: Callable[[], Record]) -> None:
    reopen().run(tagged.options(tags=[("team", "b")])(1))
    found = record()
    assert found.task(tagged) == {"team": ["a"], "size": [3]}
    assert found.job(1) == {"team": ["b"]}


def test_applied_tags(reopen: Reopen, record: Callable[[], Record]) -> None:
    assert reopen().run(applying(4)) == [4, "result"]
    found = record()
    assert found.value([4, "result"]) == {"number": [4], "list": [[1, {"b": 2}]]}
    assert found.value(4) == {}
    assert found.job(1) == {"kind": ["test"]}
    assert found.execution()["run"] == [4]
    # A replayed body applies its tags again.
    reopen().run(applying(4))
    assert record().job(1) == {"kind": ["test"]}


def test_a_value_inside_of_another_is_recorded_and_tagged(
    reopen: Reopen, record: Callable[[], Record]
) -> None:
    assert reopen().run([apply_tags({"inner": 1}, [("a", None)])]) == [{"inner": 1}]
    assert record().value({"inner": 1}) == {"a": [None]}
    assert record().has_value({"inner": 1})


def test_tags_of_executions(tmp_path: Path) -> None:
    config = Config(
        {"backend": {"db_uri": "sqlite:///redun.db"}, "tags": {"team": "a", "level": "3", "big": '{"x": 1}'}},
        configdir=tmp_path,
    )
    with Scheduler(config) as scheduler:
        scheduler.run(tagged(1), tags=[("team", "b"), ("flag", True)])
    found = Record(tmp_path / "redun.db").execution()
    assert {key: found[key] for key in ("team", "level", "big", "flag")} == {
        "team": ["a", "b"],
        "level": [3],
        "big": [{"x": 1}],
        "flag": [True],
    }


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (["ab"], "apply_tags(): tags must be pairs of key and value, not 'ab'."),
        ("ab", "apply_tags(): tags must be pairs of key and value, not 'ab'."),
        ([(1, 2)], "apply_tags(): the key of a tag must be a text, not 1."),
        ([("a", {1})], "apply_tags(): the value of tag 'a' must be JSON, not {1}"),
        ([("a", float("nan"))], "apply_tags(): the value of tag 'a' must be JSON, not nan"),
    ],
)
def test_what_is_no_tag_is_refused(tags: Any, message: str, scheduler: Scheduler) -> None:
    with pytest.raises(ArgumentError) as caught:
        scheduler.run(apply_tags(1, tags))
    assert message in str(caught.value)


def test_what_is_no_tag_of_an_execution_or_a_task_is_refused(tmp_path: Path, scheduler: Scheduler) -> None:
    with pytest.raises(ArgumentError, match=r"run\(tags=...\): tags must be pairs of key and value, not 'a'"):
        scheduler.run(tagged(1), tags=["a"])  # type: ignore[list-item]
    with pytest.raises(TaskDefinitionError, match="the value of tag 'a' must be JSON"):
        tagged.options(tags=[("a", object())])
    with pytest.raises(
        ConfigError, match=r"section \[tags\], option 'a': the tag value '\[1' begins like JSON"
    ):
        Scheduler({"tags": {"a": "[1"}}).run(tagged(1))


@task(namespace="tags_recorded", version="1")
def praising(x: int) -> Any:
    return apply_tags([x, tagged(x)], tags=[("quality", "good"), ("seen", x)])


def test_what_was_removed_by_hand_does_not_come_back_with_the_same_value_or_task(
    tmp_path: Path, reopen: Reopen, record: Callable[[], Record]
) -> None:
    reopen().run(praising(1))
    reopen().close()
    path = tmp_path / "redun.db"
    entities = [Entity("value", hash_value([1, 1])), Entity("task", tagged.digest)]
    with closing(open_database(path)) as connection:
        remove_tags(Session(connection, path), entities, [("quality", '"good"'), ("team", None)])
    reopen().run(praising(1))
    found = record()
    assert found.value([1, 1]) == {"seen": [1]}
    assert found.task(tagged) == {"size": [3]}
    # Jobs are new ones, and as the task says.
    assert found.job(2) == {"team": ["a"], "size": [3]}
    reopen().run(praising(2))
    assert record().value([2, 2]) == {"quality": ["good"], "seen": [2]}
    with closing(open_database(path)) as connection:
        add_tags(Session(connection, path), entities[1:], [("team", '"a"')])
    assert record().task(tagged) == {"team": ["a"], "size": [3]}
