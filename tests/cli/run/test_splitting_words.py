"""Where the options of `redun run` end and those of the task begin."""

from __future__ import annotations

import click
import pytest
from redun_cli.run.command import run


def parse(*words: str) -> dict[str, object]:
    return run.make_context("run", list(words)).params


@pytest.mark.parametrize(
    "words",
    [
        ["--no-cache", "-t", "k=v", "wf.py", "main", "--x", "1"],
        ["wf.py", "--no-cache", "--tag", "k=v", "main", "--x", "1"],
        ["--no-cache", "wf.py", "--tag=k=v", "main", "--x", "1"],
        ["--no-cache", "-tk=v", "wf.py", "main", "--", "--x", "1"],
    ],
)
def test_options_stand_before_the_task(words: list[str]) -> None:
    params = parse(*words)
    assert params["target"] == "wf.py"
    assert params["task"] == "main"
    assert params["no_cache"] is True
    assert params["tags"] == [("k", "v")]
    assert params["task_words"] == ["--x", "1"]


def test_what_follows_the_task_is_the_tasks() -> None:
    words = ["--no-cache", "--help", "-t", "a", "--dry-run", "-c", "x"]
    params = parse("wf.py", "main", *words)
    assert params["task_words"] == words
    assert params["no_cache"] is False
    assert params["dry_run"] is False
    assert params["tags"] == []


def test_names_may_follow_a_double_dash() -> None:
    params = parse("--no-cache", "--", "wf.py", "main", "--x")
    assert (params["target"], params["task"], params["task_words"]) == ("wf.py", "main", ["--x"])
    params = parse("wf.py", "--", "main", "--x")
    assert (params["target"], params["task"], params["task_words"]) == ("wf.py", "main", ["--x"])


def test_both_spellings_of_dry_run() -> None:
    assert parse("--dryrun", "wf.py")["dry_run"] is True
    assert parse("--dry-run", "wf.py")["dry_run"] is True
    assert parse("wf.py")["task"] is None


@pytest.mark.parametrize(
    "words", [[], ["--nope", "wf.py"], ["-t", "novalue", "wf.py"], ["-t", "=v", "wf.py"]]
)
def test_wrong_usage(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        parse(*words)
