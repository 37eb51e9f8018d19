"""A cluster that is not there: told at once, whichever way a call takes to it, and without any Java."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ExecutorError
from redun_executor_spark.masters import check_master

redun_namespace = "masters"


@task(executor="spark", version="1")
def square(number: int) -> int:
    return number * number


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return an address at which nobody listens: the port is taken, but not listened at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize("way", [{}, {"mode": "worker"}, {"submit": "spark-submit"}])
def test_an_absent_master_is_told_of_before_anything_starts(
    way: dict[str, str], nobody: str, tmp_path: Path
) -> None:
    section = {"type": "spark", "master": f"spark://{nobody}", **way}
    config = Config({"executors.spark": section}, configdir=str(tmp_path))
    with (
        Scheduler(config) as scheduler,
        pytest.raises(ExecutorError, match=f"No Spark master answers at spark://{nobody} .*Is it running"),
    ):
        scheduler.run(square(3))
    assert not list(tmp_path.rglob("*.log"))


def test_one_of_several_masters_is_enough(nobody: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_master(f"spark://{nobody},127.0.0.1:{server.getsockname()[1]}")
