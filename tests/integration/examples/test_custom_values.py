"""The example of custom values: what counts as the same, what can be typed, and the plugin that can be installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

RESULT = "'672 ± 13 years before 1950, 91.7 standard deviations from expected'"


def test_what_counts_as_the_same_runs_nothing(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("custom_values")
    first = example.run("workflow.py", "main")
    assert first.stdout == RESULT
    assert first.ran == {"main": 1, "read": 1, "combine_all": 1, "combine": 3, "compare": 1}
    assert not example.run("workflow.py", "main").ran

    head, *lines = (example.folder / "measurements.csv").read_text().splitlines()
    (example.folder / "measurements.csv").write_text("\n".join([head, *lines[::-1]]))
    example.edit("measurements.csv", "733,", "733.01,")
    assert example.run("workflow.py", "main").ran == {"main": 1, "read": 1}

    example.edit("measurements.csv", "733.01,", "735,")
    changed = example.run("workflow.py", "main")
    assert changed.ran == {"main": 1, "read": 1, "combine_all": 1, "combine": 1, "compare": 1}


def test_values_are_typed(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("custom_values")
    typed = example.run("workflow.py", "main", "--weighting", "EQUAL", "--expected", "700±5")
    assert typed.stdout == "'706 ± 13 years before 1950, 0.4 standard deviations from expected'"
    assert typed.ran["combine"] == 3
    wrong = example.run("workflow.py", "main", "--weighting", "SOME", code=2)
    assert "expected one of BY_ERROR, EQUAL, got 'SOME'" in wrong.stderr
    wrong = example.run("workflow.py", "main", "--expected", "700", code=2)
    assert "expected a NormalDist, got '700'" in wrong.stderr
    log = example.log("-.4")
    assert "Weighting.EQUAL" in log


@pytest.fixture
def installed(copy_of: Callable[[str], Any]) -> Any:
    example = copy_of("custom_values")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "-p", sys.executable]
    command = [*install, "--target", "plugins", "./redun-value-decimal"]
    done = subprocess.run(command, cwd=example.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return example


def test_installed_plugin_makes_numbers_the_same(installed: Any) -> None:
    words = ("workflow.py", "main", "--half-life")
    assert installed.run(*words, "5568").stdout == RESULT
    assert installed.run(*words, "5568.00").ran == {"main": 1, "compare": 1}

    assert installed.run(*words, "5568", PYTHONPATH="plugins").ran == {"main": 1, "compare": 1}
    assert not installed.run(*words, "5568.00", PYTHONPATH="plugins").ran
    other = installed.run(*words, "5730", PYTHONPATH="plugins")
    assert other.ran == {"main": 1, "compare": 1}
    assert other.stdout.startswith("'692 ± 13")
    listed = installed.command("redun", "plugins", PYTHONPATH="plugins").stdout
    assert "redun-value-decimal 1.0" in listed
