"""The example of tests: they pass, and fail when the workflow is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_tests_test(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("testing")
    pytest = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    passed = example.command(*pytest)
    assert "6 passed" in passed.stdout
    # The scheduler of the tests records nothing on disk.
    assert [path.name for path in (example.folder / ".redun").iterdir()] == ["redun.ini"]

    example.edit("primers.py", "memory=8", "memory=4")
    failed = example.command(*pytest, code=1)
    assert "1 failed, 5 passed" in failed.stdout
    assert "test_the_cluster_gets_what_it_should" in failed.stdout
    example.edit("primers.py", "min(distances)", "max(distances)")
    assert "3 failed" in example.command(*pytest, code=1).stdout


def test_the_workflow_runs_on_what_is_configured(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("testing")
    words = ("primers.py", "pick", "--template", "TAATACGACTCACTATAGGGAGACC")
    first = example.run(*words)
    assert first.ran == {"pick": 1, "melting_temperature": 8, "nearest": 1}
    assert first.stderr.count(" on cluster") == 8
    assert not example.run(*words).ran
    assert example.run(*words, "--wanted", "60").ran == {"pick": 1, "nearest": 1}
    example.edit("primers.py", 'executor="cluster", ', "")
    assert not example.run(*words).ran
