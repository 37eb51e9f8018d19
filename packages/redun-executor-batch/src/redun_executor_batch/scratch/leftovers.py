"""Which parts of a scratch folder nobody needs any more.

A part is what is removed together: all about one attempt at a job, all about one array, or one archive of code. It is
as old as the newest file in it; a job that runs keeps its part young by its heartbeat.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs

from redun_executor_batch.scratch.store import Scratch

__all__ = ["KINDS", "Part", "in_use", "inventory", "leftovers"]

KINDS = {"jobs": "jobs", "array_jobs": "arrays", "code": "code archives", "sessions": "sessions"}
"""What lies in each folder of a scratch folder."""

_READERS = 16
# Where a specification says which code it runs: its header, or a script.
_SPECIFICATIONS = ("job", "jobs", "script")
_HEAD = 256 << 10
_CODE = re.compile(rb"code/([0-9A-Za-z]+\.(?:tar\.gz|zip))")


@attrs.define
class Part:
    """Files that are removed together.

    Attributes
    ----------
    name : str
        Their folder within the scratch folder, or the one file's name.
    files : list of str
        Their names within the scratch folder.
    size : int
        Bytes.
    modified_s : float
        When the newest was written, in seconds since the epoch.
    """

    name: str
    files: list[str] = attrs.field(factory=list)
    size: int = 0
    modified_s: float = 0.0

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.name.partition("/")[0]


def inventory(scratch: Scratch) -> list[Part]:
    """Return all parts of a scratch folder; what redun did not put there is none of them."""
    parts: dict[str, Part] = {}
    for kind in KINDS:
        for entry in scratch.entries(kind):
            name = _part_of(entry.name)
            part = parts.get(name)
            if part is None:
                part = parts[name] = Part(name)
            part.files.append(entry.name)
            part.size += entry.size
            part.modified_s = max(part.modified_s, entry.modified_s)
    return list(parts.values())


def in_use(url: str, descriptions: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names of the parts that jobs in flight name, in their commands or environments.

    Parameters
    ----------
    url : str
        That of the scratch folder.
    descriptions : iterable of mapping
        What AWS says of the jobs.
    """
    pattern = re.compile(re.escape(url.rstrip("/")) + r"/((?:jobs/[^/\s'\"]+|array_jobs|code)/[^/\s'\"]+)")
    found: set[str] = set()
    for description in descriptions:
        for container in _containers(description):
            variables = [str(each.get("value", "")) for each in container.get("environment") or ()]
            for text in [*map(str, container.get("command") or ()), *variables]:
                found.update(pattern.findall(text))
    return found


def leftovers(
    scratch: Scratch, parts: Iterable[Part], before_s: float, needed: Collection[str]
) -> list[Part]:
    """Return the parts that may go.

    Parameters
    ----------
    scratch : Scratch
    parts : iterable of Part
    before_s : float
        What was written later stays; seconds since the epoch.
    needed : collection of str
        Names of parts that stay however old they are.
    """
    parts = list(parts)
    # An array in flight has results, each a part of its own, that its scheduler has not fetched yet.
    arrays = [part.modified_s for part in parts if part.kind == "array_jobs" and part.name in needed]
    limits = {"jobs": min([before_s, *arrays])}
    old: list[Part] = []
    kept: list[Part] = []
    for part in parts:
        is_old = part.modified_s < limits.get(part.kind, before_s)
        (old if is_old and part.name not in needed else kept).append(part)
    archives = {part.name for part in old if part.kind == "code"}
    if archives:
        archives -= _code_of(
            scratch, [part for part in kept if part.kind in ("jobs", "array_jobs")], archives
        )
    return [part for part in old if part.kind != "code" or part.name in archives]


def _part_of(name: str) -> str:
    words = name.split("/")
    if words[0] in ("code", "sessions"):
        return name
    # redun 0.44 had no folder for each attempt at a job.
    return "/".join(words[:3] if words[0] == "jobs" and len(words) > 3 else words[:2])


def _code_of(scratch: Scratch, parts: Iterable[Part], sought: set[str]) -> set[str]:
    """Return which of some archives parts refer to."""
    names = [name for part in parts for name in part.files if name.rpartition("/")[2] in _SPECIFICATIONS]
    found: set[str] = set()
    with ThreadPoolExecutor(_READERS) as threads:
        for start in range(0, len(names), 64 * _READERS):
            chunk = names[start : start + 64 * _READERS]
            for mentioned in threads.map(lambda name: _mentioned(scratch, name, _CODE), chunk):
                found.update(f"code/{name}" for name in mentioned)
            if sought <= found:
                break
    return found & sought


def _mentioned(scratch: Scratch, name: str, pattern: re.Pattern[bytes]) -> set[str]:
    return {found.decode() for found in pattern.findall(scratch.beginning(name, _HEAD))}


def _containers(description: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    nodes = (description.get("nodeProperties") or {}).get("nodeRangeProperties") or ()
    return [description.get("container") or {}, *(each.get("container") or {} for each in nodes)]
