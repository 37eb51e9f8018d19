"""The result of a call as a file: written once, at the end, by whoever ran the call.

Floor: executors.
"""

from __future__ import annotations

import json

from redun.errors import ExecutorError, FileSystemError, JobLostError
from redun.executors.base import Completion, Work
from redun.executors.remote.frame import read_frame, write_frame
from redun.executors.remote.outcome import decode_outcome, encode_outcome
from redun.executors.remote.specification import FORMAT, read_format
from redun.filesystems.registry import get_filesystem

__all__ = ["has_result", "read_result", "write_result"]


def write_result(url: str, completion: Completion) -> None:
    """Write how a call ended into the folder of its parcel."""
    header = json.dumps({"format": FORMAT}).encode()
    sections = [header, *encode_outcome(completion)]
    with get_filesystem(url).open(f"{url}/result", "wb") as stream:
        write_frame(stream, sections)


def has_result(url: str) -> bool:
    """Tell whether there is one."""
    return get_filesystem(url).isfile(f"{url}/result")


def read_result(url: str, work: Work) -> Completion | None:
    """Return how a call ended; None if nobody wrote it."""
    path = f"{url}/result"
    described = f"The result of task {work.task.fullname} at {path}"
    try:
        with get_filesystem(url).open(path, "rb") as stream:
            header, *buffers = read_frame(stream, described)
    except FileNotFoundError:
        return None
    except ExecutorError as error:
        return Completion(work, None, JobLostError(str(error)), "lost")
    except FileSystemError as error:
        # Of this call alone: others are collected with it.
        return Completion(work, None, JobLostError(f"{described} cannot be read: {error}"), "lost")
    try:
        read_format(header, described)
    except ExecutorError as error:
        return Completion(work, None, error, "error")
    return decode_outcome(work, buffers)
