"""A worker comes to an end, and says how a call ended, whatever the body leaves behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from redun.errors import ExecutorError, JobLostError

pytestmark = [pytest.mark.usefixtures("courier"), pytest.mark.slow]


@pytest.fixture
def unruly(courier: Any) -> Any:
    """The tasks of `unruly_tasks`."""
    return import_module("unruly_tasks")


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[str]:
    """Where a task says which process it leaves; that is ended."""
    path = tmp_path / "pids"
    yield str(path)
    with suppress(ProcessLookupError):
        os.kill(int(path.read_text()), signal.SIGKILL)


def test_a_process_that_stays_keeps_no_worker(courier: Any, unruly: Any, run: Any, pids: str) -> None:
    assert run(courier(), unruly.fork("stays", pids)) == "the parent's"


def test_a_process_that_outlives_a_crash_keeps_no_worker(
    courier: Any, unruly: Any, run: Any, pids: str
) -> None:
    with pytest.raises(JobLostError, match="ended with exit code 7"):
        run(courier(), unruly.fork("crashes", pids))


def test_only_the_process_that_began_a_call_writes_its_result(
    courier: Any, unruly: Any, run: Any, pids: str
) -> None:
    executor = courier()
    assert run(executor, unruly.fork("returns", pids)) == "the parent's"
    assert "forked" in executor.ended[0].stderr


def test_a_process_that_never_stops_writing_keeps_no_worker(
    courier: Any, unruly: Any, run: Any, pids: str
) -> None:
    assert run(courier(), unruly.chatter(pids)) == "said"


@pytest.mark.parametrize(
    ("number", "named"), [(signal.SIGUSR1, "SIGUSR1"), (signal.SIGRTMIN + 3, f"signal {signal.SIGRTMIN + 3}")]
)
def test_whatever_signal_ends_a_body_is_told(
    courier: Any, unruly: Any, run: Any, number: int, named: str
) -> None:
    with pytest.raises(JobLostError, match=rf"was ended by {named}\."):
        run(courier(), unruly.kill_by(number))


def test_calls_of_an_array_begin_in_the_same_folder(
    courier: Any, unruly: Any, run: Any, tmp_path: Path
) -> None:
    (tmp_path / "gone").mkdir()
    folders = [str(tmp_path), str(tmp_path / "gone"), ""]
    assert run(courier(array=True), [unruly.go_to(folder) for folder in folders]) == [os.getcwd()] * 3


def test_a_result_for_which_there_is_no_room_is_told(courier: Any, unruly: Any, run: Any) -> None:
    with pytest.raises(
        ExecutorError, match=r"How task unruly\.fill_disk ended could not be written to .*File too large"
    ):
        run(courier(), unruly.fill_disk(10_000))
    executor = courier()
    with pytest.raises(
        JobLostError, match=r"exit code 1: redun worker: How task unruly\.fill_disk ended .*\Z"
    ):
        run(executor, unruly.fill_disk(0))
    assert executor.ended[0].stderr.count("\n") == 1


def test_nothing_goes_on_beside_another_attempt(courier: Any, unruly: Any, run: Any, tmp_path: Path) -> None:
    with pytest.raises(JobLostError, match="exit code 9"):
        run(courier(), unruly.leave_writing(str(tmp_path / "late")))
    time.sleep(2.5)
    assert not (tmp_path / "late").exists()
