"""`[backend] max_value_size`: what may be recorded."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, catch, task
from redun.config import Config
from redun.errors import ConfigError, UnserializableValueError

redun_namespace = "sizes"


@task
def text_of(size: int) -> str:
    return "x" * size


@task
def two_halves(size: int) -> list[str]:
    return [text_of(size // 2), text_of(size // 2 + 1)]


@task
def length(text: str) -> int:
    return len(text)


@task
def recover(error: Exception) -> str:
    return type(error).__name__


def limited(folder: Path, size: str = "1000") -> Scheduler:
    backend = {"db_uri": "sqlite:///redun.db", "max_value_size": size}
    return Scheduler(Config({"backend": backend}, configdir=str(folder)))


def sizes(folder: Path) -> list[Any]:
    database = sqlite3.connect(folder / "redun.db")
    try:
        return [row[0] for row in database.execute("SELECT length(blob) FROM value WHERE blob IS NOT NULL")]
    finally:
        database.close()


def test_a_larger_result_fails_its_task_before_it_is_stored(tmp_path: Path) -> None:
    with limited(tmp_path) as scheduler:
        assert len(scheduler.run(text_of(500))) == 500
        with pytest.raises(UnserializableValueError) as caught:
            scheduler.run(text_of(2000))
    message = str(caught.value)
    assert message.startswith("The result of task sizes.text_of takes 2,0")
    assert "max_value_size in section [backend] allows 1,000: write it to a File and return that" in message
    assert max(sizes(tmp_path)) <= 1000


def test_what_its_calls_made_of_a_result_counts_too(tmp_path: Path) -> None:
    with (
        limited(tmp_path) as scheduler,
        pytest.raises(UnserializableValueError, match=r"task sizes\.two_halves takes"),
    ):
        scheduler.run(two_halves(1500))


def test_it_can_be_recovered_from(tmp_path: Path) -> None:
    with limited(tmp_path) as scheduler:
        assert scheduler.run(catch(text_of(2000), ValueError, recover, Exception, recover)) == (
            "UnserializableValueError"
        )


def test_of_a_larger_argument_only_the_preview_is_kept(tmp_path: Path) -> None:
    with limited(tmp_path) as scheduler:
        assert scheduler.run(length("y" * 5000)) == 5000
    assert max(sizes(tmp_path)) <= 1000


def test_what_is_not_recorded_may_be_of_any_size(tmp_path: Path) -> None:
    with limited(tmp_path) as scheduler:
        assert len(scheduler.run(text_of.options(prov=False)(2000))) == 2000


def test_without_the_option_any_size_is_recorded() -> None:
    with Scheduler() as scheduler:
        assert len(scheduler.run(text_of(3_000_000))) == 3_000_000


def test_an_ill_formed_size(tmp_path: Path) -> None:
    with limited(tmp_path, "1 GB") as scheduler, pytest.raises(ConfigError, match="max_value_size"):
        scheduler.run(text_of(1))
