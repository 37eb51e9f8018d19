"""What differs between two versions of a task.

Floor: recorder.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import attrs
from redun.recorder.batch import TaskPart
from redun.recorder.explaining import sql
from redun.recorder.explaining.records import Cause, CauseKind
from redun.recorder.reader_records import TaskRecord

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["Part", "Version", "compare_versions", "unified", "versions"]

_DIFF_LINES = 400
_CHAIN = 20
_CODE = frozenset({"function", "class", "constant", "import", "task", "module"})


@attrs.frozen
class Part:
    """A part of what the hash of a version covers, see `redun.task.parts`."""

    kind: str
    name: str
    digest: bytes
    via: str | None
    text: str | None


@attrs.frozen
class Version:
    """A version of a task with its parts, none if they were not recorded."""

    hash: bytes
    source: str
    parameters: tuple[str, ...]
    version: str | None
    parts: Mapping[tuple[str, str], Part]

    @classmethod
    def make(
        cls,
        hash_: bytes,
        source: str,
        parameters: Sequence[str],
        version: str | None,
        parts: Iterable[TaskPart],
    ) -> Version:
        """Make a version."""
        made = [Part(*part) for part in parts]
        return cls(hash_, source, tuple(parameters), version, {(part.kind, part.name): part for part in made})


def versions(reader: Reader, tasks: Iterable[TaskRecord]) -> dict[bytes, Version]:
    """Read the parts of versions."""
    known = {task.hash: task for task in tasks}
    parts: dict[bytes, list[TaskPart]] = {key: [] for key in known}
    for key, *part in reader.database.many(sql.PARTS, known):
        parts[key].append((part[0], part[1], part[2], part[3], part[4]))
    return {
        key: Version.make(key, task.source, task.parameters, task.version, parts[key])
        for key, task in known.items()
    }


def compare_versions(old: Version, new: Version) -> list[Cause]:
    """List what differs between two versions of one task: nothing if they are one."""
    if old.hash == new.hash:
        return []
    if old.version is not None or new.version is not None:
        causes = _compare_numbers(old, new)
    elif old.parts and new.parts:
        causes = _compare_parts(old, new)
    else:
        causes = []
    causes += _compare_others(old, new)
    if not causes:
        # Of one of them no parts are recorded, or parts refer to each other by other names.
        causes = [Cause(CauseKind.CODE, diff=unified(old.source, new.source))]
    return causes


def unified(old: str, new: str) -> tuple[str, ...]:
    """Return the lines of a unified diff, without headers."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=3, lineterm="")
    found = list(islice(lines, 2, None))
    if len(found) > _DIFF_LINES:
        found[_DIFF_LINES:] = [f"... {len(found) - _DIFF_LINES} more lines"]
    return tuple(found)


def _compare_numbers(old: Version, new: Version) -> list[Cause]:
    if old.version == new.version:
        return []
    diff = unified(old.source, new.source)
    return [Cause(CauseKind.VERSION, "version", old.version, new.version, diff=diff)]


def _compare_parts(old: Version, new: Version) -> list[Cause]:
    causes: list[Cause] = []
    before = {key: part for key, part in old.parts.items() if part.kind == "body"}
    after = {key: part for key, part in new.parts.items() if part.kind == "body"}
    if before and after and _digests(before) != _digests(after):
        causes.append(Cause(CauseKind.CODE, diff=unified(old.source, new.source)))
    changed = {part.name for part in (*before.values(), *after.values())} if causes else set()
    both = [key for key in sorted(new.parts) if key in old.parts and key[0] in _CODE]
    helpers = [key for key in both if old.parts[key].digest != new.parts[key].digest]
    changed.update(name for _, name in helpers)
    for key in helpers:
        causes.append(_helper(old.parts[key], new.parts[key], new))
    # What came or went because its user was edited is no cause of its own.
    for ours, theirs, added in ((new, old, True), (old, new, False)):
        for key, part in sorted(ours.parts.items()):
            if key in theirs.parts or part.kind not in _CODE or part.via is None:
                continue
            if part.via in changed or not any(part.via == name for _, name in theirs.parts):
                continue
            causes.append(_helper(None, part, ours) if added else _helper(part, None, ours))
    return causes


def _digests(parts: Mapping[tuple[str, str], Part]) -> list[bytes]:
    return sorted(part.digest for part in parts.values())


def _helper(old: Part | None, new: Part | None, version: Version) -> Cause:
    part = new or old
    assert part is not None
    diff = unified((old and old.text) or "", (new and new.text) or "")
    return Cause(
        CauseKind.HELPER,
        part.name,
        None if old is None else part.kind,
        None if new is None else part.kind,
        via=_chain(part, version),
        diff=diff,
    )


def _chain(part: Part, version: Version) -> tuple[str, ...]:
    """Return through which parts the body reaches a part: the body first, the part itself left out."""
    by_name = {other.name: other for other in version.parts.values()}
    names: list[str] = []
    via = part.via
    while via is not None and via not in names and len(names) < _CHAIN:
        names.append(via)
        above = by_name.get(via)
        via = above.via if above is not None else None
    return tuple(reversed(names))


def _compare_others(old: Version, new: Version) -> list[Cause]:
    """Compare what is no code."""
    kinds = {
        "includes": CauseKind.INCLUDES,
        "plugin": CauseKind.PLUGIN,
        "script": CauseKind.OPTION,
        "compat": CauseKind.OPTION,
    }
    causes: list[Cause] = []
    for key in sorted({*old.parts, *new.parts}):
        before, after = old.parts.get(key), new.parts.get(key)
        kind = kinds.get(key[0])
        if kind is None or (before and after and before.digest == after.digest):
            continue
        causes.append(Cause(kind, key[1], before.text if before else None, after.text if after else None))
    return causes
