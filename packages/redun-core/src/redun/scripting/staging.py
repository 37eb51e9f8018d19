"""The shell text around a command: files staged in before it, and out after it.

Floor: library. Anything with `render_stage`, `render_unstage`, `local` and `remote` is staged; other files
are where they are needed already, except in a folder of its own, where relative paths are brought in and taken out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from shlex import quote
from typing import Any

from redun.errors import ArgumentError
from redun.executors.script_text import DEFAULT_SHELL, first_line, get_wrapped_command, prepare_command
from redun.file import Dir, File
from redun.file.reference import Reference
from redun.filesystems.shell import local_copy
from redun.scripting.outputs import STDOUT, is_staging
from redun.value.nested import scan

__all__ = ["staged_command"]

_HERE = "/\x01here"
"""Stands for the folder where the script is started, which is known only there: the record of a project moves with it.
Whoever quotes a path that begins like this puts it into single quotes."""


def staged_command(command: str, inputs: Any, outputs: Any, *, tempdir: bool, as_mount: bool) -> str:
    """Return the script that stages inputs, runs a command and stages outputs.

    Parameters
    ----------
    command : str
    inputs, outputs : object
        Nested values of staging objects, files and anything else.
    tempdir : bool
        Run in a new folder that is removed afterwards.
    as_mount : bool
        Reach remote files through mounted buckets.
    """
    script = prepare_command(command)
    staged = _commands(_staging_in(inputs, tempdir, as_mount))
    unstaged = _commands(_staging_out(outputs, tempdir, as_mount))
    folders = _folders(outputs)
    if not tempdir and not staged and not unstaged:
        if not folders:
            return script
        if script.startswith(DEFAULT_SHELL):
            first, _, rest = script.partition("\n")
            return "\n".join((first, folders, rest))
    # Without -x: the trace is of the command, not of what is around it.
    lines = ["#!/usr/bin/env bash", "set -eo pipefail", f"# {first_line(script)}"]
    if tempdir:
        lines += [
            'here="$PWD"',
            'folder="$(mktemp -d)"',
            """trap 'cd / && rm -rf "$folder"' EXIT""",
            'cd "$folder"',
        ]
    return "\n".join([*lines, *staged, *filter(None, [folders]), get_wrapped_command(script), *unstaged])


def _commands(lines: Iterable[str]) -> list[str]:
    return [line.replace(f"'{_HERE}", '"$here"\'') for line in lines if line]


def _staging_in(inputs: Any, tempdir: bool, as_mount: bool) -> Iterator[str]:
    for staging in scan(inputs, is_staging):
        yield (_anchored(staging) if tempdir else staging).render_stage(as_mount)
    if tempdir:
        for file in _relative(inputs):
            yield local_copy(_anchor(file.path), file.path, isinstance(file, Dir))


def _staging_out(outputs: Any, tempdir: bool, as_mount: bool) -> Iterator[str]:
    for staging in scan(outputs, is_staging):
        yield _required(staging.local.path)
        yield (_anchored(staging) if tempdir else staging).render_unstage(as_mount)
    if tempdir:
        for file in _relative(outputs):
            yield _required(file.path)
            yield local_copy(file.path, _anchor(file.path), isinstance(file, Dir))


def _folders(outputs: Any) -> str:
    """Return the command that makes the folders of what the command itself writes where it belongs."""
    files = scan(outputs, lambda kind: issubclass(kind, Reference))
    parents = {os.path.dirname(file.path.rstrip("/")) for file in files if "://" not in file.path}
    words = [
        quote(f"./{parent}" if parent.startswith("-") else parent)
        for parent in sorted(parents)
        if parent.strip("/")
    ]
    return " ".join(["mkdir", "-p", *words]) if words else ""


def _relative(files: Any) -> Iterator[Any]:
    for file in scan(files, lambda kind: issubclass(kind, Reference)):
        path = file.path
        if "://" in path or os.path.isabs(path) or path == STDOUT:
            continue
        if not isinstance(file, (File, Dir)):
            raise ArgumentError(
                f"script(tempdir=True) cannot bring {file!r} into its folder. Give the Dir that holds its files, or an "
                "absolute path."
            )
        if os.path.normpath(path).startswith(".."):
            raise ArgumentError(
                f"script(tempdir=True) cannot bring {path!r} into its folder: the path leads out of it. "
                "Give the file a name there: file.stage('name')."
            )
        yield file


def _anchored(staging: Any) -> Any:
    """Return a staging object whose remote side is the same from any folder."""
    remote = staging.remote
    if "://" in remote.path or os.path.isabs(remote.path):
        return staging
    return type(staging)(staging.local, type(remote)(_anchor(remote.path)))


def _anchor(path: str) -> str:
    return f"{_HERE}/{path}"


def _required(path: str) -> str:
    message = f"The script made no {path!r}, which is one of its outputs."
    word = quote(f"./{path}" if path.startswith("-") else path)
    return f"[ -e {word} ] || {{ echo {quote(message)} >&2; exit 1; }}"
