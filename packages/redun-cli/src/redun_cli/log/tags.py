"""Tags of what is shown in detail.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from redun.recorder.ids import job_tag_id
from redun.recorder.reader import Reader
from redun.recorder.reader_records import ExecutionRecord, JobRecord

from redun_cli.log.writing import cut
from redun_cli.user import current_user

__all__ = ["chosen_tags", "tag_lines", "tags_of", "tags_of_job", "tags_text"]

_WIDTH = 60
_AUTOMATIC = frozenset({"git_commit", "git_origin_url", "redun.plugins", "redun.python", "redun.version"})


def tags_of(reader: Reader, entity: str, identity: bytes) -> dict[str, list[object]]:
    """Return the tags of an execution, a task or a value, by key."""
    return reader.tags(entity, [identity]).get(identity, {})


def tags_of_job(reader: Reader, job: JobRecord) -> dict[str, list[object]]:
    """Return the tags of a job, by key."""
    return tags_of(reader, "job", job_tag_id(job.execution_id, job.number))


def chosen_tags(execution: ExecutionRecord, tags: Mapping[str, list[object]]) -> dict[str, list[object]]:
    """Return the tags that tell an execution from others: without those that `redun run` adds to each of one's own."""
    usual = {"project": [execution.task.rpartition(".")[0]], "user": [current_user()]}
    return {key: values for key, values in tags.items() if key not in _AUTOMATIC and values != usual.get(key)}


def tags_text(tags: Mapping[str, list[object]]) -> str:
    """Return `key=value, …`, by key; texts as they are."""
    pairs = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key in sorted(tags)
        for value in tags[key]
    ]
    return ", ".join(cut(pair, _WIDTH) for pair in pairs)


def tag_lines(tags: Mapping[str, list[object]]) -> Iterator[str]:
    """Yield `Tags: key=value, …` if there are any, and the addresses among them whole, each on its own line."""
    links = {key: [value for value in values if _is_link(value)] for key, values in tags.items()}
    others = {key: [value for value in values if not _is_link(value)] for key, values in tags.items()}
    if text := tags_text(others):
        yield f"Tags: {text}"
    if any(links.values()):
        yield "Links:"
    for key in sorted(links):
        for link in links[key]:
            yield f"  {key}: {link}"


def _is_link(value: object) -> bool:
    # One with blanks is a text that begins with an address.
    return isinstance(value, str) and value.startswith(("http://", "https://")) and len(value.split()) == 1
