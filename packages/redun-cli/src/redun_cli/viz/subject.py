"""What `redun viz` draws of the thing that an id names.

Floor: command line.
"""

from __future__ import annotations

from typing import Any

from redun.errors import RecorderError
from redun.recorder.ids import short
from redun.recorder.lineage import upstream
from redun.recorder.lineage_downstream import downstream
from redun.recorder.reader import Reader
from redun.recorder.reader_lookup import find
from redun.recorder.reader_profile import job_columns
from redun.recorder.reader_records import Candidate, Kind
from redun.recorder.reader_task_profiles import task_calls, task_profiles

from redun_cli.log.value import latest_version
from redun_cli.viz.calls import call_graph
from redun_cli.viz.graph import Graph
from redun_cli.viz.lineage import downstream_graph, upstream_graph

__all__ = ["graph_of"]

_KINDS = frozenset((Kind.EXECUTION, Kind.JOB, Kind.CALL, Kind.VALUE, Kind.FILE))


def graph_of(reader: Reader, text: str, *, depth: int | None, further: bool) -> Graph:
    """Return the call graph of an execution, or the lineage of a file, a value or the result of a job or call.

    Parameters
    ----------
    reader : Reader
    text : str
        An id, or a path.
    depth : int or None
        How many calls to follow.
    further : bool
        What was made of it, rather than what it came from.

    Raises
    ------
    RedunError
        The text names nothing, or several things, or something that cannot be drawn this way.
    """
    found = find(reader, text, _KINDS)
    if found.kind is Kind.EXECUTION:
        if further:
            raise RecorderError(
                f"{text!r} is an execution, of which all calls are drawn: --downstream is for a file, a value or a job"
            )
        return _calls(reader, found, depth)
    return _lineage(reader, found, depth, further)


def _calls(reader: Reader, found: Candidate, depth: int | None) -> Graph:
    key: Any = found.key
    execution = reader.execution_of_id(key)
    columns = job_columns(reader, execution)
    return call_graph(execution, task_profiles(columns), task_calls(reader, execution, columns), depth=depth)


def _lineage(reader: Reader, found: Candidate, depth: int | None, further: bool) -> Graph:
    key: Any = found.key
    job = call = None
    name, shown = "value", found.id
    if found.kind is Kind.FILE:
        value, name = latest_version(reader, key)[0].value, "file"
    elif found.kind is Kind.VALUE:
        value, shown = reader.value(key), f"value {short(key)}"
    else:
        if found.kind is Kind.JOB:
            job = reader.job(*key)
            shown = f"the result of job {job.id} ({job.task})"
            call = reader.calls([job.call_hash]).get(job.call_hash) if job.call_hash is not None else None
        else:
            call = reader.call(key)
            shown = f"the result of call {short(key)} ({call.task})"
        if call is None or call.failed:
            raise RecorderError(
                f"{found.id} has no result, and so no lineage; `redun log {found.id}` says why"
            )
        value, name = reader.value(call.value_hash), "result"
    if further:
        uses = downstream(reader, value, call=call)
        return downstream_graph(reader, f"What was made of {shown}", value, uses, depth=depth)
    flow = upstream(reader, value, job=job, call=call, name=name)
    return upstream_graph(f"Where {shown} came from", flow, depth=depth)
