"""What differs between two executions, as text.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator

from redun.recorder.comparing import Change, Comparison, Difference, TaskDifference
from redun.recorder.explaining import words_of

from redun_cli.log.lines import execution_line
from redun_cli.log.moments import duration_text
from redun_cli.log.writing import cut
from redun_cli.why.lines import cause_lines

__all__ = ["comparison_lines"]

_WIDTH = 100
_TASKS = 50


def comparison_lines(
    comparison: Comparison, task: str | None, *, code: bool, limit: int | None
) -> Iterator[str]:
    """Yield the lines: the executions, the code, the jobs by task."""
    yield f"- {execution_line(comparison.old, {})}"
    yield f"+ {execution_line(comparison.new, {})}"
    yield ""
    if task is None:
        yield from _section("Executions", _execution_lines(comparison))
        yield from _section("Code", _code_lines(comparison, code))
    tasks = [one for one in comparison.tasks() if task in (None, one.task)]
    differing = [one for one in tasks if one.counts]
    same = sum(one.same for one in tasks)
    if not differing:
        yield f"No job differs: {same:,} are the same."
        return
    names = {one.task for one in differing[:_TASKS]}
    found: dict[str, list[Difference]] = {}
    for difference in comparison.differences(task, limit):
        if difference.task in names:
            found.setdefault(difference.task, []).append(difference)
    for one in differing[:_TASKS]:
        yield from _task_lines(one, found.get(one.task, []))
        yield ""
    if len(differing) > _TASKS:
        yield f"... and {len(differing) - _TASKS} more tasks"
    yield f"{same:,} jobs are the same."


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield f"{title}:"
        yield from (f"  {line}" if line else "" for line in listed)
        yield ""


def _execution_lines(comparison: Comparison) -> Iterator[str]:
    for change in comparison.executions():
        yield f"{change.name}: {_value(change.old)} -> {_value(change.new)}"
    for cause in comparison.root_inputs():
        yield words_of(cause)


def _value(text: str | None) -> str:
    return "none" if text is None else cut(text, _WIDTH)


def _code_lines(comparison: Comparison, code: bool) -> Iterator[str]:
    for change in comparison.versions():
        yield f"{change.task}: {change.old[:8]} -> {change.new[:8]}"
        for cause in change.causes:
            if code:
                yield from cause_lines(cause, "  ")
            else:
                yield f"  * {words_of(cause)}"


def _task_lines(task: TaskDifference, differences: list[Difference]) -> Iterator[str]:
    counts = ", ".join(f"{number:,} {_COUNTED[change]}" for change, number in task.counts.items())
    jobs = f"{task.before:,}" if task.before == task.after else f"{task.before:,} -> {task.after:,}"
    yield f"{task.task}: {jobs} jobs, {counts}, {task.same:,} the same"
    took = " -> ".join(duration_text(time) for time in task.took)
    yield f"  ran: {task.ran[0]:,} -> {task.ran[1]:,}, together for {took}"
    shown: dict[tuple[Change, ...], list[Difference]] = {}
    for difference in differences:
        shown.setdefault(difference.changes, []).append(difference)
    for alike in shown.values():
        for difference in alike:
            yield from _job_lines(difference)


_COUNTED = {
    Change.ADDED: "added",
    Change.REMOVED: "removed",
    Change.CODE: "with other code",
    Change.INPUTS: "with other arguments",
    Change.RESULT: "with another result",
    Change.STATUS: "that ended otherwise",
    Change.TIME: "slower or faster",
}


def _job_lines(difference: Difference) -> Iterator[str]:
    old, new = difference.old, difference.new
    if old is None and new is not None:
        yield f"  + Job {new.id} [{new.status.name:^6}]"
    elif new is None and old is not None:
        yield f"  - Job {old.id} [{old.status.name:^6}]"
    elif old is not None and new is not None:
        yield f"  Job {old.id} -> {new.id}: {', '.join(difference.changes)}"
        for cause in difference.inputs:
            yield f"    * {words_of(cause)}"
            yield from (f"        {line}" for line in cause.diff)
        if Change.RESULT in difference.changes:
            before, after = difference.results
            yield f"    result: {_value(before)} -> {_value(after)}"
        if Change.STATUS in difference.changes:
            yield f"    status: {old.status.name} -> {new.status.name}"
        if Change.TIME in difference.changes:
            yield f"    time: {duration_text(old.duration or 0)} -> {duration_text(new.duration or 0)}"
