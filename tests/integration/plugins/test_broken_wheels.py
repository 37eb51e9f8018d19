"""Wheels whose plugins raise on import, claim taken names, or were built for another redun harm nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow

WORKFLOW = """
from redun import task

redun_namespace = "plain"


@task(version="1")
def greet(name: str) -> str:
    return f"Hello, {name}!"
"""
PROBLEMS = {
    "broken": ["import: RuntimeError: the moon is in the wrong phase"],
    "thief": [
        "conflict: the executor 'local' is claimed by redun-core and by "
        "plugin 'thief' (redun-executor-thief 4.0); that of redun-core is used",
        "conflict: the file system 'file' is claimed by redun-core and by "
        "plugin 'thief' (redun-executor-thief 4.0); that of redun-core is used",
        "conflict: the command 'run' is claimed by redun-cli and by "
        "plugin 'thief' (redun-executor-thief 4.0); that of redun-cli is used",
    ],
    "future": [
        "version: it is built for plugin interface 99 and requires redun-core>=99; this redun-core offers 1. "
        "Upgrade redun-core, or install an older redun-observer-future"
    ],
}


@pytest.fixture(scope="module")
def environment(make_environment: Callable[..., Any]) -> Any:
    """An environment with all bad plugins, forced in past what they declare, and a plain workflow."""
    made = make_environment(
        "redun-observer-broken", "redun-executor-thief", "redun-observer-future", dependencies=False
    )
    (made.folder / "plain.py").write_text(WORKFLOW)
    return made


def assert_each_problem_is_told(text: str) -> None:
    for problems in PROBLEMS.values():
        for problem in problems:
            assert problem in text
    assert "Traceback" not in text


def test_run_works_and_tells(environment: Any) -> None:
    done = environment.redun("run", "plain.py", "greet", "--name", "Ada")
    assert "Hello, Ada!" in done.stdout
    assert_each_problem_is_told(done.stderr)


def test_help_works_and_tells(environment: Any) -> None:
    done = environment.redun("--help")
    assert "Stolen." not in done.stdout
    assert done.stdout.count("\n  run ") == 1
    assert_each_problem_is_told(done.stderr)


def test_plugins_lists_each_failure(environment: Any) -> None:
    done = environment.redun("plugins")
    assert_each_problem_is_told(done.stdout)
    assert "Traceback" not in done.stderr


def test_plugins_as_json(environment: Any) -> None:
    done = environment.redun("plugins", "--json")
    listed = {each["name"]: each for each in json.loads(done.stdout)}
    assert {name: each["status"] for name, each in listed.items()} == {
        "redun": "active",
        "redun-cli": "active",
        "broken": "failed",
        "future": "failed",
        "thief": "active",
    }
    assert (listed["broken"]["distribution"], listed["broken"]["version"]) == ("redun-observer-broken", "0.3")
    for name, expected in PROBLEMS.items():
        found = listed[name]["problems"]
        assert all(any(each.startswith(start) for each in found) for start in expected), found
    assert listed["thief"]["supplies"] == {}


def test_plugins_works_with_all_left_out(environment: Any) -> None:
    done = environment.redun("--no-plugins", "plugins", "--json")
    listed = {each["name"]: each["status"] for each in json.loads(done.stdout)}
    assert listed == {
        "redun": "active",
        "redun-cli": "active",
        "broken": "disabled",
        "future": "disabled",
        "thief": "disabled",
    }
    assert not done.stderr
    quiet = environment.redun("--no-plugins", "--help")
    assert not quiet.stderr


def test_version_and_init_work(environment: Any) -> None:
    assert environment.redun("--version").stdout.startswith("redun ")
    environment.redun("init", "elsewhere")
    assert (environment.folder / "elsewhere" / ".redun" / "redun.ini").is_file()
