"""The fixture `scheduler` of `redun.pytest`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
from redun import Scheduler, task

redun_namespace = "tried"
bodies = []


@task
def double(x: int) -> int:
    bodies.append(x)
    return 2 * x


def test_first(scheduler: Scheduler) -> None:
    assert scheduler.run(double(2)) == 4
    assert scheduler.run(double(2)) == 4
    assert bodies == [2]


def test_second_knows_nothing_of_the_first(scheduler: Scheduler) -> None:
    assert scheduler.run(double(2)) == 4
    assert bodies == [2, 2]
"""


def run_pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
def test_each_test_has_a_scheduler_of_its_own_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["redun.pytest"]\n')
    (tmp_path / "test_tried.py").write_text(TESTS)
    # A configuration that would not work shows that it is not read.
    (tmp_path / ".redun").mkdir()
    (tmp_path / ".redun" / "redun.ini").write_text("[backend]\ndb_uri = nosuch:///db\n")
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert [path.name for path in (tmp_path / ".redun").iterdir()] == ["redun.ini"]


@pytest.mark.slow
def test_it_is_there_only_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_tried.py").write_text(TESTS)
    done = run_pytest(tmp_path)
    assert done.returncode == 1
    assert "fixture 'scheduler' not found" in done.stdout
