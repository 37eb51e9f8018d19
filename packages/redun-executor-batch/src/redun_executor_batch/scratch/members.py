"""Which member of an array in flight is a job of redun: its specification in the scratch folder says so."""

from __future__ import annotations

import json
from io import BytesIO

from redun.errors import ExecutorError
from redun.executors.remote.array import read_call, read_common

from redun_executor_batch.scratch.store import Scratch

__all__ = ["member_of"]

# Arguments lie in the same file: beyond this it takes longer than somebody waits who wants to see a log.
_MOST = 256 << 20


def member_of(scratch: Scratch, array: str, job_id: str) -> int | None:
    """Return the index of a job in an array; None if it is none of its jobs, or the array's file is gone.

    Parameters
    ----------
    scratch : Scratch
    array : str
        The array's folder within the scratch folder: `array_jobs/…`.
    job_id : str
        32 digits, a dot, a number.
    """
    content = scratch.beginning(f"{array}/jobs", _MOST)
    stream = BytesIO(content)
    try:
        _, begins = read_common(stream, array)
        for index in range(len(begins)):
            call = json.loads(read_call(stream, begins, index, array)[0])
            if call["job_id"] == job_id:
                return index
    except ExecutorError:
        # Cut off, or already removed.
        return None
    return None
