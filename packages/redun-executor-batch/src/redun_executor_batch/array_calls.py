"""Which calls an array runs, beside the array in the scratch: for a scheduler that finds the array in flight."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redun.errors import FileSystemError
from redun.file import get_filesystem

if TYPE_CHECKING:
    from redun.executors.base import Work
    from redun.executors.remote.parcel import Parcel

__all__ = ["read_calls", "write_calls"]

_NAME = "calls"


def write_calls(url: str, works: Sequence[Work], parcels: Sequence[Parcel]) -> None:
    """Write down what the array at a URL runs."""
    calls = [[work.eval_hash.hex(), parcel.url] for work, parcel in zip(works, parcels, strict=True)]
    with get_filesystem(url=url).open(f"{url}/{_NAME}", "w") as stream:
        json.dump(calls, stream)


def read_calls(url: str) -> list[tuple[str, str]]:
    """Return the eval hash and the URL of the parcel of each call of an array; nothing if that is not known."""
    try:
        with get_filesystem(url=url).open(f"{url}/{_NAME}", "r") as stream:
            return [(eval_hash, parcel) for eval_hash, parcel in json.load(stream)]
    except (FileSystemError, ValueError):
        # Removed meanwhile, or never finished: its calls are submitted anew.
        return []
