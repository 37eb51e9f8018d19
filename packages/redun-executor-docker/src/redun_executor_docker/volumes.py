"""Folders of this machine that a container sees."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import attrs

__all__ = ["Volume", "read_volumes"]


@attrs.frozen
class Volume:
    """A folder, or a file, of this machine and where the container has it.

    Attributes
    ----------
    host : str
        Absolute path on this machine.
    container : str
        Absolute path in the container.
    read_only : bool
    """

    host: str
    container: str
    read_only: bool = False


def read_volumes(given: Any, folder: str) -> tuple[Volume, ...]:
    """Read the option `volumes`.

    Parameters
    ----------
    given : None, str or list
        `[[host, container], …]`, as JSON if it is a string; a third item may be `"ro"` or `"rw"`. One item alone is in
        the container where it is on this machine.
    folder : str
        What relative paths of this machine are relative to.

    Raises
    ------
    ValueError
        It is something else; the message goes on from "it".

    Examples
    --------
    >>> read_volumes('[["data", "/data", "ro"]]', "/project")
    (Volume(host='/project/data', container='/data', read_only=True),)
    """
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else []
        except ValueError as error:
            raise ValueError(f'is no JSON ({error}); write it like [["data", "/data"]]') from None
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(f"must be a list of pairs, not {given!r}")
    return tuple(_volume(one, folder) for one in given)


def _volume(given: Any, folder: str) -> Volume:
    if isinstance(given, str):
        given = given.split(":")
    words = [os.fspath(word) for word in given] if isinstance(given, list | tuple) else []
    if not (1 <= len(words) <= 3 and all(words) and words[2:] in ([], ["ro"], ["rw"])):
        raise ValueError(f'must hold pairs like ["data", "/data"] or ["data", "/data", "ro"], not {given!r}')
    if len(words) == 1:
        words *= 2
        words[1] = _absolute(words[0], folder)
    host, container = words[:2]
    if not container.startswith("/"):
        raise ValueError(f"must give {host!r} an absolute path in the container, not {container!r}")
    return Volume(_absolute(host, folder), container, words[2:] == ["ro"])


def _absolute(path: str, folder: str) -> str:
    return os.path.normpath(os.path.join(folder, os.path.expanduser(path)))
