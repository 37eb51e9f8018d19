"""What `redun why` answers, as text or as JSON.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from redun.errors import RecordNotFoundError
from redun.recorder.explaining import explain_execution, explain_job
from redun.recorder.reader import Reader
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import ExecutionRecord, Kind, TaskStatus

from redun_cli.log.writing import write_lines
from redun_cli.why.documents import explanation_document, groups_document
from redun_cli.why.lines import explanation_lines
from redun_cli.why.summary import summary_lines

__all__ = ["give"]


def give(reader: Reader, text: str, task: str | None, *, as_json: bool) -> None:
    """Explain a job, or all jobs of an execution.

    Parameters
    ----------
    reader : Reader
    text : str
        Names a job or an execution.
    task : str or None
        Of an execution, jobs of this task alone.
    as_json : bool
    """
    found = find(reader, text, (Kind.EXECUTION, Kind.JOB))
    if isinstance(found.key, tuple):
        if task is not None:
            raise RecordNotFoundError(f"{text} is one job already; leave {task!r} out")
        explanation = explain_job(reader, reader.job(*found.key))
        if as_json:
            write_lines([json.dumps(explanation_document(explanation))])
        else:
            write_lines(explanation_lines(reader, explanation))
        return
    execution = reader.execution_of_id(bytes.fromhex(found.id))
    table = reader.status_table(execution.key)
    if task is not None:
        _check(table, execution, task)
    groups = explain_execution(reader, execution.key, task)
    if as_json:
        write_lines([json.dumps(groups_document(execution, table, groups, task))])
    else:
        write_lines(summary_lines(execution, table, groups, task))


def _check(table: Sequence[TaskStatus], execution: ExecutionRecord, task: str) -> None:
    called = [status.task for status in table]
    if not any(task in (name, name.rpartition(".")[2]) for name in called):
        shown = ", ".join(called[:20])
        raise RecordNotFoundError(
            f"execution {execution.id.hex()[:8]} made no job of a task named {task!r}; its tasks: {shown}"
        )
