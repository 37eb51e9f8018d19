"""What differs between the arguments of two calls.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from redun.recorder.batch import ValueFlag
from redun.recorder.explaining.contents import Contents, File
from redun.recorder.explaining.records import Cause, CauseKind
from redun.recorder.ids import HASH_BYTES

if TYPE_CHECKING:
    from redun.recorder.explaining.nearest import Nearest
    from redun.recorder.explaining.subject import Subject
    from redun.recorder.reader_records import ValueRecord

__all__ = ["compare_arguments", "compare_files", "compare_values", "text_of"]


def compare_arguments(
    contents: Contents,
    old: Nearest,
    new: Subject,
    earlier_parameters: tuple[str, ...],
    plugins: tuple[Mapping[str, str], Mapping[str, str]],
) -> list[Cause]:
    """List the arguments that differ.

    Parameters
    ----------
    contents : Contents
    old : Nearest
    new : Subject
    earlier_parameters : tuple of str
        Parameters of the task's earlier version: an argument of a parameter that it did not have follows from the code.
    plugins : tuple of mapping
        Of both executions, the plugins that have a say in hashes.
    """
    causes: list[Cause] = []
    before = {
        argument.name: argument.value for argument in old.arguments if argument.name not in old.left_out
    }
    after = {argument.name: argument.value for argument in new.arguments if argument.name not in new.left_out}
    for name in sorted(old.left_out ^ new.left_out):
        given = {argument.name for argument in (*old.arguments, *new.arguments)}
        if name in given:
            left, counts = "left out of the key", "part of the key"
            causes.append(
                Cause(
                    CauseKind.OPTION,
                    f"config_args: {name}",
                    left if name in old.left_out else counts,
                    left if name in new.left_out else counts,
                )
            )
            before.pop(name, None)
            after.pop(name, None)
    for name in dict.fromkeys((*after, *before)):
        was, is_ = before.get(name), after.get(name)
        if was is None and _parameter(name) not in earlier_parameters:
            continue
        if is_ is None and _parameter(name) not in new.version.parameters:
            continue
        causes += compare_values(contents, name, was, is_, plugins)
    return causes


def compare_values(
    contents: Contents,
    name: str,
    old: ValueRecord | None,
    new: ValueRecord | None,
    plugins: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> list[Cause]:
    """List what differs in one argument, which one of two calls may lack."""
    if old is None or new is None:
        return [Cause(CauseKind.ARGUMENT, name, old.preview if old else None, new.preview if new else None)]
    return [] if old.hash == new.hash else _compare(contents, name, old, new, plugins)


def _parameter(argument: str) -> str:
    return argument.partition("[")[0]


def _compare(
    contents: Contents,
    name: str,
    old: ValueRecord,
    new: ValueRecord,
    plugins: tuple[Mapping[str, str], Mapping[str, str]],
) -> list[Cause]:
    if old.flags & ValueFlag.EXTERNAL and new.flags & ValueFlag.EXTERNAL:
        files = compare_files(CauseKind.FILE, contents, old, new, name)
        if files:
            return files
    diff = contents.differences(old, new)
    if not diff and old.type == new.type and old.preview == new.preview and old.size == new.size:
        found = [
            Cause(CauseKind.PLUGIN, plugin, plugins[0].get(plugin), plugins[1].get(plugin))
            for plugin in sorted({*plugins[0], *plugins[1]})
            if plugins[0].get(plugin) != plugins[1].get(plugin)
        ]
        if found:
            return found
    return [Cause(CauseKind.ARGUMENT, name, old.preview, new.preview, diff=diff)]


def compare_files(
    kind: CauseKind, contents: Contents, old: ValueRecord, new: ValueRecord, name: str = ""
) -> list[Cause]:
    """List the files in two values whose content differs, if these are all that differs."""
    before, after = contents.files(old), contents.files(new)
    # A directory is the one at a path, whatever is in it; a list of other files is another list.
    itself = next((path for path, file in after.items() if file.hash == new.hash), None)
    if (itself is None and before.keys() != after.keys()) or (itself is not None and itself not in before):
        return []
    differing = [
        path
        for path in dict.fromkeys((*before, *after))
        if path not in before or path not in after or before[path].hash != after[path].hash
    ]
    if len(differing) > 1:
        differing = [path for path in differing if path != itself]
    return [
        Cause(kind, name, text_of(before.get(path)), text_of(after.get(path)), path=path)
        for path in differing
    ]


def text_of(file: File | None) -> str | None:
    """Return the size and the digest of a file's content, in a few characters."""
    if file is None:
        return None
    if len(file.digest) != HASH_BYTES:
        # The word that stands for what has no content: it is missing, or a directory.
        return file.digest.decode("ascii", "replace")
    return file.digest.hex()[:8] if file.size is None else f"{file.size} bytes, {file.digest.hex()[:8]}"
