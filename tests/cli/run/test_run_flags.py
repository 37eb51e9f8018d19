"""The options of `redun run` that say how a task is run, and what an execution is tagged with."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

WORKFLOW = """
    from redun import get_context, task

    redun_namespace = "flags.demo"


    @task
    def inc(x: int) -> int:
        '''Add one.'''
        return x + 1


    @task
    def names(a=get_context("a"), b=get_context("b.c"), d=get_context("d")):
        return [a, b, d]


    @task(tags=[("team", "genomics"), ("size", 3)])
    def tagged():
        return 1


    @task
    def clash(c: str, con: str = "", s: str = "", repo: str = "", option: str = "", tag: str = ""):
        return [c, con, s, repo, option, tag]
"""


@pytest.fixture
def demo(workspace: Workspace) -> Workspace:
    workspace.environ |= {"REDUN_USER": "ada", "GIT_CEILING_DIRECTORIES": str(workspace.folder)}
    workspace.write("wf.py", WORKFLOW)
    return workspace


def tags_of(workspace: Workspace) -> dict[str, list[object]]:
    """Return the tags of the last execution."""
    first = workspace.redun("log", "-", "--format", "json").stdout.splitlines()[0]
    tags = json.loads(first)["tags"]
    assert isinstance(tags, dict)
    return tags


def count(workspace: Workspace, table: str) -> int:
    with sqlite3.connect(workspace.folder / ".redun" / "redun.db") as database:
        ((number,),) = database.execute(f"select count(*) from {table}")
    return int(number)


def test_an_execution_says_who_ran_what(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "inc", "--x", "1")
    tags = tags_of(demo)
    assert re.fullmatch(r"\d+\.\d+\S*", str(tags.pop("redun.version")[0]))
    assert re.match(r"3\.\d+\.\d+ on \w+", str(tags.pop("redun.python")[0]))
    assert tags == {"user": ["ada"], "project": ["flags.demo"]}


def test_tags_that_are_given_take_the_place_of_automatic_ones(demo: Workspace) -> None:
    demo.redun("run", "-p", "acme", "-u", "me", "--doc", "a word", "-t", "n=3", "wf.py", "inc", "--x", "1")
    tags = tags_of(demo)
    assert (tags["project"], tags["user"], tags["doc"], tags["n"]) == (["acme"], ["me"], ["a word"], [3])
    demo.redun("run", "--tag", "project=other", "--exclude-user", "login", "wf.py", "inc", "--x", "1")
    tags = tags_of(demo)
    assert tags["project"] == ["other"]
    assert "user" not in tags
    demo.write(".redun/redun.ini", "[tags]\nproject = configured\n")
    demo.redun("run", "wf.py", "inc", "--x", "1")
    assert tags_of(demo)["project"] == ["configured"]


def test_the_commit_is_read_from_the_repository(demo: Workspace) -> None:
    def git(*words: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        done = subprocess.run(
            ["git", *identity, *words], cwd=demo.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    git("remote", "add", "origin", "https://ada:secret@example.org/demo.git")
    git("add", "wf.py")
    git("commit", "-qm", "Begin")
    commit = git("rev-parse", "HEAD")
    (demo.folder / "elsewhere").mkdir()
    # Neither a git to call nor the folder matters.
    demo.environ["PATH"] = ""
    demo.environ["REDUN_CONFIG"] = str(demo.folder / ".redun")
    demo.redun("run", "../wf.py", "inc", "--x", "1", cwd=demo.folder / "elsewhere")
    tags = tags_of(demo)
    assert tags["git_commit"] == [commit]
    assert tags["git_origin_url"] == ["https://example.org/demo.git"]
    demo.environ |= {"REDUN_GIT_COMMIT": "abc", "REDUN_GIT_ORIGIN_URL": "there"}
    demo.redun("run", "wf.py", "inc", "--x", "1")
    tags = tags_of(demo)
    assert (tags["git_commit"], tags["git_origin_url"]) == (["abc"], ["there"])


def test_options_of_the_task(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "inc", "--x", "1")
    assert "Cached Job" in demo.redun("run", "-o", "memory=4", "wf.py", "inc", "--x", "1").stderr
    assert "Run    Job" in demo.redun("run", "-o", "cache=false", "wf.py", "inc", "--x", "1").stderr
    done = demo.redun("run", "--option", "memry=4", "wf.py", "inc", "--x", "1", code=1)
    assert done.stderr.startswith("redun: error: -o/--option: unknown option 'memry'; did you mean 'memory'?")
    done = demo.redun("run", "-o", "executor=nobody", "wf.py", "inc", "--x", "3", code=1)
    assert "nobody" in done.stderr
    done = demo.redun("run", "-o", "cache", "wf.py", "inc", "--x", "3", code=2)
    assert "'cache' is not of the form KEY=VALUE" in done.stderr


def test_the_context(demo: Workspace) -> None:
    demo.write(".redun/redun.ini", '[scheduler]\ncontext = {"a": 1, "b": {"c": 2}}\n')
    assert demo.redun("run", "wf.py", "names").stdout == "[1, 2, None]\n"
    demo.write("context.json", '{"b": {"c": 3}, "d": "four"}')
    done = demo.redun("run", "--context-file", "context.json", "wf.py", "names")
    assert done.stdout == "[1, 3, 'four']\n"
    words = ["--context-file", "context.json", "--context", "b.c=[5]", "--context", "a=six"]
    assert demo.redun("run", *words, "wf.py", "names").stdout == "['six', [5], 'four']\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "context.json is not JSON"),
        ("[1]", "context.json: a context is a dict, not [1]"),
        (None, "context.json cannot be read: No such file or directory"),
    ],
)
def test_a_context_file_that_is_none(demo: Workspace, text: str | None, message: str) -> None:
    if text is not None:
        demo.write("context.json", text)
    done = demo.redun("run", "--context-file", "context.json", "wf.py", "names", code=2)
    assert message in done.stderr


def test_an_id_of_ones_own(demo: Workspace) -> None:
    chosen = "12345678-1234-5678-1234-567812345678"
    done = demo.redun("run", "--execution-id", chosen, "wf.py", "inc", "--x", "1")
    assert f"Start Execution {chosen.replace('-', '')}:" in done.stderr
    done = demo.redun("run", "--execution-id", chosen.replace("-", ""), "wf.py", "inc", "--x", "1", code=1)
    assert done.stderr.splitlines()[-1].startswith(
        f"redun: error: The execution id {chosen.replace('-', '')} is used already"
    )
    done = demo.redun("run", "--execution-id", "12", "wf.py", "inc", "--x", "1", code=2)
    assert "'12' is not 32 hex digits, with or without dashes" in done.stderr


def test_nothing_is_recorded_without_provenance(demo: Workspace) -> None:
    demo.redun("init")
    assert demo.redun("run", "--no-prov", "wf.py", "inc", "--x", "1").stdout == "2\n"
    assert [count(demo, table) for table in ("execution", "job", "value", "tag")] == [0, 0, 0, 0]


def test_arguments_that_abbreviate_options_of_redun(demo: Workspace) -> None:
    words = ["--c", "1", "--con", "2", "--s", "3", "--repo", "4", "--option", "5", "--tag", "6"]
    assert demo.redun("run", "wf.py", "clash", *words).stdout == "['1', '2', '3', '4', '5', '6']\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "-c", "conf", "wf.py", "inc"], "-c is an option of `redun` itself: put it before `run`"),
        (
            ["run", "wf.py", "inc", "--x", "1", "--log-level", "info"],
            "--log-level is an option of `redun` itself: put it before `run`",
        ),
        (
            ["run", "wf.py", "inc", "--x", "1", "-o", "memory=1"],
            "-o is an option of `redun run`, not of the task: put it before the file",
        ),
        (["run", "--rerun", "wf.py"], "--rerun wants the id of a job or execution"),
        (["run", "--rerun", "-i", "x", "wf.py", "-"], "give either --rerun or --input"),
    ],
)
def test_misplaced_and_contradictory_words(demo: Workspace, words: list[str], message: str) -> None:
    assert message in demo.redun(*words, code=2).stderr


def test_tags_of_a_task_are_shown_with_its_source(demo: Workspace) -> None:
    first = demo.redun("run", "wf.py", "tagged", "info").stdout.splitlines()[0]
    assert re.fullmatch(r"Task [0-9a-f]{40} flags\.demo\.tagged team=genomics size=3", first)


def test_the_list_of_executions_leaves_out_what_all_have(demo: Workspace) -> None:
    demo.redun("run", "-t", "n=3", "wf.py", "inc", "--x", "1")
    assert demo.redun("log").stdout.splitlines()[2].endswith(":  run -t n=3 wf.py inc --x 1 (n=3)")
    detail = demo.redun("log", "-").stdout
    known = r"^Tags: n=3, project=flags\.demo, redun\.python=[^,]+, redun\.version=\S+, user=ada$"
    assert re.search(known, detail, re.MULTILINE)
    demo.environ["REDUN_USER"] = "grace"
    assert demo.redun("log").stdout.splitlines()[2].endswith(" (n=3, user=ada)")
