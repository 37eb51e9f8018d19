"""Two executions of an edited workflow are compared."""

from __future__ import annotations

from typing import Any

from redun.recorder.comparing import Change, Comparison
from redun.recorder.explaining import words_of

FLOW = """
    @task
    def align(x: str, deep: int = 1):
        return edited_tools.trim(x) * deep

    @task
    def score(x: str):
        return len(x)

    @task
    def main(names: list):
        return [[align(name), score(name)] for name in names]
    """
TOOLS = "def trim(x):\n    return x[:3]\n"


def compare(workflow: Any) -> Comparison:
    new, old = workflow.reader.executions(2)
    return Comparison(workflow.reader, old, new)


def counts(comparison: Comparison) -> dict[str, dict[str, int]]:
    return {
        task.task.removeprefix("flow."): {
            **{change.value: number for change, number in task.counts.items()},
            "same": task.same,
        }
        for task in comparison.tasks()
    }


def test_equal_executions_have_no_difference(workflow: Any) -> None:
    for _ in range(2):
        workflow.run(FLOW, TOOLS, ["a", "b"])
    comparison = compare(workflow)
    assert counts(comparison) == {"align": {"same": 2}, "main": {"same": 1}, "score": {"same": 2}}
    assert {task.task: task.ran for task in comparison.tasks()}["flow.align"] == (2, 0)
    assert comparison.executions() == []
    assert comparison.versions() == []
    assert list(comparison.differences()) == []


def test_code_changes_jobs_and_what_they_are_for(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS, ["abcd", "b"])
    workflow.run(FLOW, TOOLS.replace(":3", ":4"), ["abcd", "b"])
    comparison = compare(workflow)
    assert counts(comparison) == {
        "align": {"code": 2, "result": 1, "same": 0},
        "main": {"result": 1, "same": 0},
        "score": {"same": 2},
    }
    (version,) = comparison.versions()
    assert version.task == "flow.align"
    assert [words_of(cause) for cause in version.causes] == [
        "helper function edited_tools.trim changed (used by edited_flow.align)"
    ]
    results = [one.results for one in comparison.differences("flow.align") if Change.RESULT in one.changes]
    assert results == [("'abc'", "'abcd'")]


def test_a_longer_list_adds_jobs_and_changes_none_of_the_others(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS, ["a", "b", "c"])
    workflow.run(FLOW, TOOLS, ["a", "new", "b", "c", "newer"])
    comparison = compare(workflow)
    assert counts(comparison) == {
        "align": {"added": 2, "same": 3},
        "score": {"added": 2, "same": 3},
        "main": {"inputs": 1, "result": 1, "same": 0},
    }
    (cause,) = comparison.root_inputs()
    assert cause.diff == ("+ [1]: 'new'", "+ [4]: 'newer'")
    added = list(comparison.differences("flow.align"))
    assert [one.old for one in added] == [None, None]


def test_another_item_in_the_same_place_is_another_argument(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS, ["a", "b", "c"])
    workflow.run(FLOW, TOOLS.replace(":3", ":4"), ["a", "B", "c"])
    comparison = compare(workflow)
    assert counts(comparison)["align"] == {"code": 3, "inputs": 1, "result": 1, "same": 0}
    (one,) = [one for one in comparison.differences("flow.align") if Change.INPUTS in one.changes]
    assert [words_of(cause) for cause in one.inputs] == ["argument x changed: 'b' -> 'B'"]


def test_a_shared_call_that_another_job_asks_for_first_is_the_same(workflow: Any) -> None:
    flow = (
        FLOW
        + """
    @task
    def left():
        return score("shared")

    @task
    def right(x: int):
        return [score("shared"), x]

    @task
    def both(order: list):
        return [left() if which == "left" else right(1) for which in order]
    """
    )
    for order in ["left", "right"], ["right", "left"]:
        workflow.scheduler.run(workflow.load(flow, TOOLS).both(order))
    comparison = compare(workflow)
    found = counts(comparison)
    assert found["score"] == {"same": 1}
    assert found["left"] == {"same": 1}
    assert found["right"] == {"same": 1}


def test_failures_and_removed_jobs(workflow: Any) -> None:
    flow = """
        @task
        def divide(x: int, by: int):
            return x // by

        @task
        def main(by: int, more: int):
            return [divide(1, by)] + [divide(n, 1) for n in range(5, 5 + more)]
        """
    workflow.run(flow, "", 0, 0)
    workflow.run(flow, "", 1, 2)
    comparison = compare(workflow)
    assert counts(comparison)["divide"] == {"added": 2, "inputs": 1, "result": 1, "status": 1, "same": 0}
    assert {change.name: (change.old, change.new) for change in comparison.executions()}["status"] == (
        "FAILED",
        "DONE",
    )
    new, old = workflow.reader.executions(2)
    back = Comparison(workflow.reader, new, old)
    assert counts(back)["divide"] == {"removed": 2, "inputs": 1, "result": 1, "status": 1, "same": 0}


def test_tags_and_commands_of_executions(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS, ["a"], exec_argv=["redun", "run", "a"], tags=[("stage", 1), ("team", "x")])
    workflow.run(FLOW, TOOLS, ["a"], exec_argv=["redun", "run", "b"], tags=[("stage", 2), ("team", "x")])
    changes = {change.name: (change.old, change.new) for change in compare(workflow).executions()}
    assert changes == {"command": ("redun run a", "redun run b"), "tag stage": ("1", "2")}


def test_few_jobs_of_each_sort_are_shown(workflow: Any) -> None:
    workflow.run(FLOW, TOOLS, ["a"])
    workflow.run(FLOW, TOOLS, [f"new{number}" for number in range(50)])
    comparison = compare(workflow)
    shown = list(comparison.differences(limit=2))
    assert [one.task for one in shown].count("flow.align") == 3
    assert len(list(comparison.differences("flow.align"))) == 50
