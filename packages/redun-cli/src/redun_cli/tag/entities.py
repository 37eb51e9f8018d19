"""What an id on the command line names, as something that has tags; and how it is shown.

Floor: command line.
"""

from __future__ import annotations

from typing import Any

from redun.recorder.ids import EXECUTION_BYTES, job_id
from redun.recorder.reader import Reader
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import Kind
from redun.recorder.tagging import Entity

__all__ = ["TITLES", "entity_named", "entity_text"]

TITLES = {"execution": "Execution", "job": "Job", "call": "CallNode", "task": "Task", "value": "Value"}
"""What each kind of entity is called."""

_KINDS = {Kind.EXECUTION: "execution", Kind.CALL: "call", Kind.TASK: "task", Kind.VALUE: "value"}


def entity_named(reader: Reader, text: str) -> Entity:
    """Return what a text names, as `redun log` does; a file is its newest content.

    Raises
    ------
    RecordNotFoundError, AmbiguousIdError
        It names nothing, or several things.
    """
    found = find(reader, text)
    key: Any = found.key
    if found.kind is Kind.JOB:
        job = reader.job(*key)
        return Entity.of_job(job.execution_id, job.number)
    if found.kind is Kind.FILE:
        # Imported here, for lineage is slow to import.
        from redun_cli.log.value import latest_version

        newest, _others = latest_version(reader, key)
        return Entity("value", newest.value.hash)
    return Entity(_KINDS[found.kind], key)


def entity_text(entity: Entity) -> str:
    """Return `Execution:<id>`, ids in full."""
    shown = entity.id.hex()
    if entity.kind == "job":
        execution, number = entity.id[:EXECUTION_BYTES], entity.id[EXECUTION_BYTES:]
        shown = job_id(execution, int.from_bytes(number, "big"), full=True)
    return f"{TITLES[entity.kind]}:{shown}"
