"""A workflow is edited in one way and run again: the explanation names that, and nothing else."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from redun.errors import DryRunResult
from redun.recorder.batch import Reason
from redun.recorder.explaining import CauseKind, Match, words_of

pytestmark = pytest.mark.slow

TOOLS = """
    LIMIT = 3
    TABLE = {"a": 1}

    class Model:
        def weight(self):
            return 2

    def trim(x):
        return clean(x)[:LIMIT]

    def clean(x):
        return x.strip()
    """

FLOW = """
    @task
    def align(x: str, deep: int = 1):
        return edited_tools.trim(x) * deep * edited_tools.Model().weight() * edited_tools.TABLE["a"]

    @task
    def main(x: str = "one"):
        return align(x)
    """


def kinds(causes: Any) -> list[tuple[str, str]]:
    return [(cause.kind.value, cause.name) for cause in causes]


EDITS = {
    "the task's code": ((FLOW, TOOLS), (FLOW.replace("* deep", "* deep * 1"), TOOLS), [("code", "")]),
    "a helper": (
        (FLOW, TOOLS),
        (FLOW, TOOLS.replace("clean(x)[:LIMIT]", "clean(x)[0:LIMIT]")),
        [("helper", "edited_tools.trim")],
    ),
    "a helper of a helper": (
        (FLOW, TOOLS),
        (FLOW, TOOLS.replace("x.strip()", "x.lstrip()")),
        [("helper", "edited_tools.clean")],
    ),
    "a class": (
        (FLOW, TOOLS),
        (FLOW, TOOLS.replace("return 2", "return 3")),
        [("helper", "edited_tools.Model")],
    ),
    "a constant": (
        (FLOW, TOOLS),
        (FLOW, TOOLS.replace("LIMIT = 3", "LIMIT = 4")),
        [("helper", "edited_tools.LIMIT")],
    ),
    "two constants": (
        (FLOW, TOOLS),
        (FLOW, TOOLS.replace("LIMIT = 3", "LIMIT = 4").replace('"a": 1', '"a": 2')),
        [("helper", "edited_tools.LIMIT"), ("helper", "edited_tools.TABLE")],
    ),
    "a new helper, which follows from the code": (
        (FLOW, TOOLS),
        (FLOW, TOOLS.replace("x.strip()", "more(x)") + "\n    def more(x):\n        return x\n"),
        [("helper", "edited_tools.clean")],
    ),
    "task and helper": (
        (FLOW, TOOLS),
        (FLOW.replace("* deep", "* deep * 1"), TOOLS.replace("x.strip()", "x.lstrip()")),
        [("code", ""), ("helper", "edited_tools.clean")],
    ),
    "an import": (
        (
            FLOW,
            "from math import floor as round_\ndef trim(x):\n    return x[: round_(2)]\n"
            + "TABLE = {'a': 1}\n"
            "class Model:\n    def weight(self):\n        return 2\n",
        ),
        (
            FLOW,
            "from math import ceil as round_\ndef trim(x):\n    return x[: round_(2)]\n"
            + "TABLE = {'a': 1}\n"
            "class Model:\n    def weight(self):\n        return 2\n",
        ),
        [("helper", "math.ceil"), ("helper", "math.floor")],
    ),
    "a version": (
        (FLOW.replace("@task", "@task(version='1')", 1), TOOLS),
        (FLOW.replace("@task", "@task(version='2')", 1), TOOLS),
        [("version", "version")],
    ),
    "what the hash includes": (
        (FLOW.replace("@task", "@task(hash_includes=['m1'])", 1), TOOLS),
        (FLOW.replace("@task", "@task(hash_includes=['m2'])", 1), TOOLS),
        [("includes", "hash_includes[0]")],
    ),
    "arguments left out of the key": (
        (FLOW, TOOLS),
        (FLOW.replace("@task", "@task(config_args=['deep'])", 1), TOOLS),
        [("option", "config_args: deep")],
    ),
    "an option that turns the cache off": (
        (FLOW, TOOLS),
        (FLOW.replace("@task", "@task(cache=False)", 1), TOOLS),
        [("option", "cache")],
    ),
    "a parameter with a default, which follows from the code": (
        (FLOW, TOOLS),
        (FLOW.replace("deep: int = 1", "deep: int = 1, wide: int = 2"), TOOLS),
        [("code", "")],
    ),
    "an argument of a call": (
        (FLOW, TOOLS),
        (FLOW.replace("return align(x)", "return align(x, deep=2)"), TOOLS),
        [("argument", "deep")],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_the_cause_is_what_was_edited(workflow: Any, name: str) -> None:
    before, after, expected = EDITS[name]
    workflow.run(*before)
    assert kinds(workflow.causes("align")) == [("first", "")]
    workflow.run(*before)
    (same,) = workflow.explanations("align")
    assert same.causes == () or name == "an option that turns the cache off"
    assert same.earlier.execution_key == 1
    workflow.run(*after)
    assert kinds(workflow.causes("align")) == expected
    # The answer stays the same when more has been run since.
    (group,) = workflow.groups("align")
    assert kinds(group.causes) == expected
    assert (group.jobs, group.looked_at, group.of) == (1, 1, 1)


@pytest.mark.parametrize("name", EDITS)
def test_a_dry_run_says_beforehand_what_is_said_afterwards(workflow: Any, name: str) -> None:
    before, after, _ = EDITS[name]
    workflow.run(*before)
    with pytest.raises(DryRunResult) as caught:
        workflow.run(*after, dryrun=True)
    would = {job.task_name.removeprefix("flow."): job.why for job in caught.value.would_run}
    workflow.run(*after)
    for task, why in would.items():
        said = "; ".join(words_of(cause) for cause in workflow.causes(task))
        assert why == (None if "an option turns its cache off" in said else said)


def test_code_comes_with_a_diff_and_the_way_to_it(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS)
    workflow.run(FLOW, TOOLS.replace("x.strip()", "x.lstrip()"))
    (cause,) = workflow.causes("align")
    assert cause.via == ("edited_flow.align", "edited_tools.trim")
    assert "-    return x.strip()" in cause.diff
    assert "+    return x.lstrip()" in cause.diff
    assert words_of(cause) == "helper function edited_tools.clean changed (used by edited_tools.trim)"


def test_arguments_come_with_previews_and_a_diff(workflow: Any) -> None:
    flow = "@task\ndef main(table: dict, text: str, n: int):\n    return n\n"
    old = {"a": list(range(50)), "b": {"c": 1}, "gone": 0}
    new = {"a": [*range(25), *range(26, 50)], "b": {"c": 2}, "came": 0}
    workflow.run(flow, "", old, "first line\nsecond\n", 1)
    workflow.run(flow, "", new, "first line\nsecund\n", 1)
    table, text = workflow.causes("main")
    assert (table.name, text.name) == ("table", "text")
    assert table.diff == ("- ['a'][25]: 25", "['b']['c']: 1 -> 2", "- ['gone']: 0", "+ ['came']: 0")
    assert text.diff == ("@@ -1,3 +1,3 @@", " first line", "-second", "+secund", " ")
    assert table.old is not None
    assert table.old.startswith("{'a': [0, 1")


def test_a_file_that_is_given(workflow: Any, tmp_path: Path) -> None:
    flow = """
        @task
        def main(file: File, more: list):
            return file.read()
        """
    path, other = tmp_path / "in.txt", tmp_path / "other.txt"
    path.write_text("one")
    other.write_text("more")
    from redun import File

    workflow.run(flow, "", File(str(path)), [File(str(other))])
    path.write_text("three")
    workflow.run(flow, "", File(str(path)), [File(str(other))])
    (cause,) = workflow.causes("main")
    assert (cause.kind, cause.name, cause.path) == (CauseKind.FILE, "file", str(path))
    assert cause.old.startswith("3 bytes, ")
    assert cause.new.startswith("5 bytes, ")
    other.write_text("yet more")
    workflow.run(flow, "", File(str(path)), [File(str(other))])
    (cause,) = workflow.causes("main")
    assert (cause.kind, cause.name, cause.path) == (CauseKind.FILE, "more", str(other))


def test_a_file_in_a_directory_that_is_given(workflow: Any, tmp_path: Path) -> None:
    from redun import Dir

    flow = "@task\ndef main(folder: Dir):\n    return 1\n"
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a").write_text("a")
    (folder / "b").write_text("b")
    workflow.run(flow, "", Dir(str(folder)))
    (folder / "b").write_text("bb")
    (folder / "c").write_text("c")
    workflow.run(flow, "", Dir(str(folder)))
    changed = {(cause.kind.value, cause.path): cause for cause in workflow.causes("main")}
    assert changed.keys() == {("file", str(folder / "b")), ("file", str(folder / "c"))}
    assert changed["file", str(folder / "c")].old is None


def test_a_file_of_the_result_is_another_one(workflow: Any, tmp_path: Path) -> None:
    flow = f"""
        @task
        def make():
            file = File({str(tmp_path / "out.txt")!r})
            file.write("made")
            return file

        @task
        def main():
            return make()
        """
    workflow.run(flow)
    (tmp_path / "out.txt").write_text("somebody else's")
    workflow.run(flow)
    (explanation,) = workflow.explanations("make")
    assert explanation.reason is Reason.INVALID
    assert [(cause.kind, cause.path) for cause in explanation.causes] == [
        (CauseKind.INVALID, str(tmp_path / "out.txt"))
    ]


def test_a_call_that_failed_before(workflow: Any) -> None:
    flow = """
        import os

        @task
        def divide(x: int):
            return 1 // len(os.environ.get("DIVISOR", ""))

        @task
        def main():
            return divide(1)
        """
    workflow.run(flow)
    workflow._monkeypatch.setenv("DIVISOR", "x")
    workflow.run(flow)
    (cause,) = workflow.causes("divide")
    assert (cause.kind, cause.name) == (CauseKind.FAILED, "failed")
    assert words_of(cause) == "the earlier call failed: errors and unfinished calls are not replayed"


def test_an_execution_without_the_cache(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS)
    workflow.run(FLOW, TOOLS, cache=False)
    assert kinds(workflow.causes("align")) == [("option", "--no-cache")]
    (explanation,) = workflow.explanations("main")
    assert explanation.reason is Reason.NO_CACHE
    assert explanation.match is Match.KEY


def test_a_task_below_changed(workflow: Any) -> None:
    flow = FLOW.replace("@task\n    def main", "@task(check_valid='shallow')\n    def main")
    workflow.run(flow, TOOLS)
    workflow.run(flow, TOOLS.replace("x.strip()", "x.lstrip()"))
    # Its body is replayed on its own where that is allowed: so only a call that must be replayed whole runs.
    strict = flow.replace(
        "check_valid='shallow'", "check_valid='shallow', allowed_cache_results={'ULTIMATE', 'CSE'}"
    )
    workflow.run(strict, TOOLS.replace("x.strip()", "x.rstrip()"))
    (explanation,) = workflow.explanations("main")
    assert explanation.reason is Reason.CODE_BELOW
    (cause,) = explanation.causes
    assert (cause.kind, cause.name) == (CauseKind.BELOW, "flow.align")
    assert kinds(cause.within) == [("helper", "edited_tools.clean")]


def test_a_call_that_was_added_is_new_and_not_compared_with_another_one(workflow: Any) -> None:
    flow = """
        @task
        def align(x: str, deep: int = 1):
            return x

        @task
        def main(names: list):
            return [align(name) for name in names]
        """
    workflow.run(flow, "", ["a", "b", "c"])
    workflow.run(flow, "", ["a", "new", "b", "c"])
    ran = [one for one in workflow.explanations("align") if one.causes]
    assert [kinds(one.causes) for one in ran] == [[("new", "")]]
    assert kinds(workflow.causes("main")) == [("argument", "names")]
    assert workflow.causes("main")[0].diff == ("+ [1]: 'new'",)


def test_a_call_that_took_the_place_of_another_one(workflow: Any) -> None:
    flow = """
        @task
        def align(x: str, deep: int = 1):
            return x

        @task
        def main(names: list):
            return [align(name) for name in names]
        """
    workflow.run(flow, "", ["a", "b", "c"])
    workflow.run(flow, "", ["a", "B", "c"])
    (one,) = [one for one in workflow.explanations("align") if one.causes]
    assert [words_of(cause) for cause in one.causes] == ["argument x changed: 'b' -> 'B'"]
    assert one.match is Match.PLACE


def test_the_lineage_comes_before_what_is_newer(workflow: Any) -> None:
    """Another workflow called the task last; the run before of the same workflow is what counts."""
    flow = FLOW + "\n    @task\n    def other():\n        return align('two')\n"
    workflow.run(flow, TOOLS)
    workflow.scheduler.run(workflow.load(flow, TOOLS).other())
    workflow.run(flow, TOOLS, "three")
    (explanation,) = workflow.explanations("align")
    assert explanation.earlier.execution_key == 1
    assert [words_of(cause) for cause in explanation.causes] == ["argument x changed: 'one' -> 'three'"]


def test_a_cached_job_names_the_job_that_made_the_result(workflow: Any) -> None:
    for _ in range(3):
        workflow.run(FLOW, TOOLS)
    (explanation,) = workflow.explanations("align")
    assert explanation.causes == ()
    assert explanation.earlier.execution_key == 1
    assert explanation.execution.task == "flow.main"
    assert explanation.code.fullname == "flow.align"


def test_a_result_that_was_pulled_names_the_repository(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS)
    workflow.run(FLOW, TOOLS)
    connection = workflow.scheduler.recorder._session.connection
    connection.execute("INSERT INTO origin (execution, repository, received) VALUES (1, 'lab', 0)")
    (explanation,) = workflow.explanations("align")
    assert explanation.repository == "lab"


INDEPENDENT = {
    "edited_tools.LIMIT": ("LIMIT = 3", "LIMIT = 4"),
    "edited_tools.TABLE": ('"a": 1', '"a": 2'),
    "edited_tools.Model": ("return 2", "return 3"),
    "edited_tools.clean": ("x.strip()", "x.lstrip()"),
    "edited_tools.trim": ("clean(x)[:LIMIT]", "clean(x)[0:LIMIT]"),
}
CALLED = {"": ("* deep *", "* deep * 1 *"), "deep": ("return align(x)", "return align(x, deep=2)")}


@pytest.mark.parametrize("seed", range(12))
def test_any_edits_together_are_all_named_and_no_others(workflow: Any, seed: int) -> None:
    """Also arguments that change beside code, and layout and comments, which never count."""
    chance = Random(seed)
    helpers = {name for name in INDEPENDENT if chance.random() < 0.5}
    called = {name for name in CALLED if chance.random() < 0.5}
    tools, flow = TOOLS + "\n    # A remark.\n", FLOW
    for name in helpers:
        tools = tools.replace(*INDEPENDENT[name])
    for name in called:
        flow = flow.replace(*CALLED[name])
    workflow.run(FLOW, TOOLS)
    workflow.run(flow, tools)
    expected = {("helper", name) for name in helpers}
    expected |= {("argument" if name else "code", name) for name in called}
    (explanation,) = workflow.explanations("align")
    assert set(kinds(explanation.causes)) == expected
    assert len(explanation.causes) == len(expected)


def test_the_context_that_was_read_below_changed(workflow: Any) -> None:
    flow = """
        @task
        def scaled(x: int, factor: int = get_context("factor", 1)):
            return x * factor

        @task(check_valid="shallow", allowed_cache_results={"ULTIMATE", "CSE"})
        def main():
            return scaled(2)
        """
    workflow.run(flow, context={"factor": 1})
    workflow.run(flow, context={"factor": 2})
    (explanation,) = workflow.explanations("main")
    assert explanation.reason is Reason.CODE_BELOW
    assert [cause.kind for cause in explanation.causes] == [CauseKind.CONTEXT]
    assert [words_of(cause) for cause in workflow.causes("scaled")] == ["argument factor changed: 1 -> 2"]


def test_a_result_that_is_gone_or_damaged(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS)
    connection = workflow.scheduler.recorder._session.connection
    connection.execute("DELETE FROM evaluation")
    workflow.run(FLOW, TOOLS)
    assert [(cause.kind, cause.name) for cause in workflow.causes("align")] == [(CauseKind.LOST, "")]
    connection.execute("UPDATE value SET blob = X'00' WHERE preview = ?", ("'oneone'",))
    workflow.run(FLOW, TOOLS)
    (explanation,) = workflow.explanations("align")
    assert explanation.reason is Reason.UNREADABLE
    (cause,) = explanation.causes
    assert (cause.kind, cause.old) == (CauseKind.LOST, "'oneone'")
