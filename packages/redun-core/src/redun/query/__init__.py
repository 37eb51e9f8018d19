"""Questions to the record, in Python: nothing is run, nothing is unpickled, nothing can be changed.

Floor: library. `open_record` is where to begin; `redun.query.orm` has classes of SQLAlchemy over the same tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.on_demand import importer

if TYPE_CHECKING:
    from redun.query.calls import CallView, TaskView
    from redun.query.executions import ExecutionView
    from redun.query.jobs import JobView
    from redun.query.lineage import SourceView, UseView
    from redun.query.record import Record, open_record
    from redun.query.results import Results
    from redun.query.tags import TagView
    from redun.query.values import FileView, ValueView

__all__ = [
    "CallView",
    "ExecutionView",
    "FileView",
    "JobView",
    "Record",
    "Results",
    "SourceView",
    "TagView",
    "TaskView",
    "UseView",
    "ValueView",
    "open_record",
]

__getattr__ = importer(
    __name__,
    {
        "CallView": "redun.query.calls",
        "ExecutionView": "redun.query.executions",
        "FileView": "redun.query.values",
        "JobView": "redun.query.jobs",
        "Record": "redun.query.record",
        "Results": "redun.query.results",
        "SourceView": "redun.query.lineage",
        "TagView": "redun.query.tags",
        "TaskView": "redun.query.calls",
        "UseView": "redun.query.lineage",
        "ValueView": "redun.query.values",
        "open_record": "redun.query.record",
    },
)
