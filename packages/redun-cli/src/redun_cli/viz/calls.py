"""The call graph of an execution, folded by task.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redun.recorder.batch import JobStatus
from redun.recorder.ids import short
from redun.recorder.reader_records import ExecutionRecord
from redun.recorder.reader_task_profiles import TaskCalls, TaskProfile

from redun_cli.page.amounts import count_text, span
from redun_cli.viz.graph import Edge, Graph, Node

__all__ = ["call_graph"]


def call_graph(
    execution: ExecutionRecord,
    profiles: Sequence[TaskProfile],
    calls: TaskCalls,
    *,
    depth: int | None = None,
) -> Graph:
    """Return the graph: a box for each task with the number of its jobs, an arrow from each caller.

    Parameters
    ----------
    execution : ExecutionRecord
    profiles : sequence of TaskProfile
    calls : TaskCalls
    depth : int, optional
        Only tasks at most so many calls below the root.
    """
    shown = [one for one in profiles if depth is None or calls.depths[one.name] <= depth]
    names = {one.name for one in shown}
    nodes = [
        Node(
            one.name,
            one.name,
            _detail(one),
            "failed" if one.counts.get(JobStatus.FAILED) else "task",
        )
        for one in sorted(shown, key=lambda one: (calls.depths[one.name], one.name))
    ]
    edges = [
        Edge(caller, called, f"×{count_text(count)}")
        for (caller, called), count in calls.counts.items()
        if caller in names and called in names
    ]
    hidden = len(profiles) - len(shown)
    notes = [f"{hidden} tasks that lie deeper than {depth} calls are left out."] if hidden else []
    return Graph(f"Calls of execution {short(execution.id)}: {execution.task}", nodes, edges, notes)


def _detail(profile: TaskProfile) -> str:
    return " · ".join(_facts(profile))


def _facts(profile: TaskProfile) -> Iterable[str]:
    yield f"{count_text(profile.jobs)} job{'' if profile.jobs == 1 else 's'}"
    for status in (
        JobStatus.CACHED,
        JobStatus.FAILED,
        JobStatus.RUNNING,
        JobStatus.CANCELLED,
        JobStatus.LOST,
    ):
        if profile.counts.get(status):
            yield f"{count_text(profile.counts[status])} {status.name.lower()}"
    if profile.total is not None:
        yield span(profile.total)
