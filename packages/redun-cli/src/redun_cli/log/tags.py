"""Tags of what is shown in detail.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from redun.recorder.ids import job_tag_id
from redun.recorder.reader import Reader
from redun.recorder.reader_records import JobRecord

from redun_cli.log.writing import cut

__all__ = ["tag_lines", "tags_of", "tags_of_job", "tags_text"]

_WIDTH = 50


def tags_of(reader: Reader, entity: str, identity: bytes) -> dict[str, list[object]]:
    """Return the tags of an execution, a task or a value, by key."""
    return reader.tags(entity, [identity]).get(identity, {})


def tags_of_job(reader: Reader, job: JobRecord) -> dict[str, list[object]]:
    """Return the tags of a job, by key."""
    return tags_of(reader, "job", job_tag_id(job.execution_id, job.number))


def tags_text(tags: Mapping[str, list[object]]) -> str:
    """Return `key=value, …`, by key; texts as they are."""
    pairs = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key in sorted(tags)
        for value in tags[key]
    ]
    return ", ".join(cut(pair, _WIDTH) for pair in pairs)


def tag_lines(tags: Mapping[str, list[object]]) -> Iterator[str]:
    """Yield `Tags: key=value, …` if there are any."""
    if tags:
        yield f"Tags: {tags_text(tags)}"
