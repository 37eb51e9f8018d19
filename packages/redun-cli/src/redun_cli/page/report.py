"""An execution as one page: what is gathered for it.

Floor: command line.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from redun import __version__
from redun.recorder.batch import JobStatus
from redun.recorder.ids import short
from redun.recorder.reader_profile import job_columns
from redun.recorder.reader_task_profiles import task_calls, task_profiles

from redun_cli.page.destination import MARK
from redun_cli.page.failures import failures
from redun_cli.page.graphs import callers, calls_drawing, flow_drawing
from redun_cli.page.outputs import outputs
from redun_cli.page.rendering import render
from redun_cli.page.states import counted, state
from redun_cli.page.summary import summary
from redun_cli.page.timeline import timeline
from redun_cli.page.tree_lines import tree_lines
from redun_cli.report.tally import ORDER

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ExecutionRecord

__all__ = ["report"]


def report(reader: Reader, execution: ExecutionRecord) -> Iterator[str]:
    """Yield the page about an execution in pieces.

    Everything is read before the first piece, so that what cannot be read leaves no half of a page.
    """
    columns = job_columns(reader, execution)
    profiles = task_profiles(columns)
    short_of_it = summary(reader, execution, columns, profiles)
    calls = task_calls(reader, execution, columns)
    made = outputs(reader, execution, columns)
    present = {status for profile in profiles for status in profile.counts}
    return render(
        "report.html.j2",
        mark=MARK,
        version=__version__,
        now=int(time.time() * 1e6),
        execution=execution,
        short_id=short(execution.id),
        summary=short_of_it,
        state=state,
        counted=counted,
        states=[
            status for status in ORDER if status in present or status in (JobStatus.DONE, JobStatus.CACHED)
        ],
        profiles=profiles,
        timeline=timeline(columns, execution.started, short_of_it.end),
        tree=list(tree_lines(reader, execution, columns)),
        drawing=calls_drawing(execution, profiles, calls),
        callers=callers(profiles, calls),
        outputs=made,
        flow_drawing=flow_drawing,
        failures=failures(reader, execution, columns),
        versions=sorted(columns.versions, key=lambda version: (version.fullname, version.hash)),
    )
