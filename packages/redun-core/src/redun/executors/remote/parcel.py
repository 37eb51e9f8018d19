"""What is left in a scratch folder for a call that runs elsewhere.

Floor: executors.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from redun.filesystems.registry import get_filesystem

if TYPE_CHECKING:
    from redun.executors.base import Work

__all__ = ["ArrayParcel", "Parcel", "fresh_url"]


@attrs.frozen
class Parcel:
    """One call, ready to be fetched.

    Attributes
    ----------
    url : str
        The folder that all of it is in.
    command : tuple of str
        What a process elsewhere is to run.
    environment : mapping of str to str
        Variables that it needs for that.
    """

    url: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def at(cls, url: str) -> Parcel:
        """Return one that was sent before, to collect what became of it."""
        return cls(url)


@attrs.frozen
class ArrayParcel:
    """Many calls, each of which is a `Parcel`, run by one command that is told which.

    Attributes
    ----------
    url : str
    parcels : tuple of Parcel
        In the order of their index.
    command : tuple of str
        It finds its index in `AWS_BATCH_JOB_ARRAY_INDEX`, or is given it by `--index`.
    environment : mapping of str to str
    """

    url: str
    parcels: tuple[Parcel, ...]
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict)


def fresh_url(scratch: str, work: Work) -> str:
    """Return where an attempt of a call is left: nothing that an earlier one still writes is taken for this one's."""
    path = f"jobs/{work.eval_hash.hex()}/{os.urandom(16).hex()}"
    return get_filesystem(scratch).join(scratch, path)
