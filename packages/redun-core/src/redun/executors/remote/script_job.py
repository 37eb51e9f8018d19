"""Script tasks elsewhere, by a shell alone: the image needs neither Python nor redun.

Floor: executors. The parcel of such a call holds its `script`; what runs elsewhere fetches it and brings back
`stdout`, `stderr` and, last, `status`: one line that is `ok`, `fail N` with the exit code, or `uncopied`, and one with
the seconds since the epoch of its beginning and its end.
"""

from __future__ import annotations

from contextlib import suppress

from redun.errors import ExecutorError
from redun.executors.base import Completion, Work
from redun.executors.output import Output, OutputStream, output_of
from redun.executors.perform import seal_result
from redun.executors.process import MAX_STDERR
from redun.executors.remote.parcel import Parcel, fresh_url
from redun.executors.remote.script_wrapper import wrapper
from redun.executors.script import script_error
from redun.executors.script_text import encoded, get_task_command, interpreter
from redun.filesystems.registry import get_filesystem

__all__ = ["collect_script", "send_script"]


def send_script(work: Work, scratch: str) -> Parcel:
    """Leave the script of a call in a scratch folder.

    The body of the task runs here and now, to say what the script is.

    Parameters
    ----------
    work : Work
        A call of a script task.
    scratch : str
        A folder, at any URL that a file system serves.

    Raises
    ------
    ExecutorError
        The script is no text that a shell can read.
    Exception
        Whatever the body raises: then the call has failed.
    """
    args, kwargs = work.arguments()
    script = get_task_command(work.task, args, kwargs)
    content = encoded(script)
    filesystem = get_filesystem(scratch)
    url = fresh_url(scratch, work)
    with filesystem.open(f"{url}/script", "wb") as stream:
        stream.write(content)
    command = ("/bin/sh", "-c", wrapper(url, interpreter(script)))
    return Parcel(url, command, filesystem.environment())


def collect_script(parcel: Parcel, work: Work) -> Completion | None:
    """Return how a script ended; None if it left no word of that, and its executor has to know why.

    Parameters
    ----------
    parcel : Parcel
        As it was sent, or `Parcel.at` its URL.
    work : Work
    """
    url = parcel.url
    try:
        with get_filesystem(url).open(f"{url}/status", "rb") as stream:
            lines = stream.read(1000).decode("ascii", "replace").split("\n")
    except FileNotFoundError:
        return None
    words = lines[0].split()
    if not words:
        # Somebody is writing it.
        return None
    started, ended = _times(lines[1:])
    if words == ["ok"]:
        return _succeeded(url, work, started, ended)
    if words[0] == "fail" and len(words) == 2 and words[1].isdigit():
        return _failed(url, work, int(words[1]), started, ended)
    told = ExecutorError(
        f"The script of task {work.task.fullname} ended, but not all that it wrote could be copied to {url}. "
        "The log of where it ran says why."
    )
    return Completion(work, None, told, "error", started, ended)


def _succeeded(url: str, work: Work, started: int, ended: int) -> Completion:
    with get_filesystem(url).open(f"{url}/stdout", "rb") as stream:
        stdout = stream.read()
    stderr, _ = _end_of(f"{url}/stderr")
    found = seal_result(work, stdout, started, ended)
    return found._replace(outputs=_outputs(stdout, stderr))


def _failed(url: str, work: Work, code: int, started: int, ended: int) -> Completion:
    stderr, omitted = _end_of(f"{url}/stderr")
    stdout, _ = _end_of(f"{url}/stdout")
    with get_filesystem(url).open(f"{url}/script", "rb") as stream:
        script = stream.read().decode("utf-8", "surrogateescape")
    error = script_error(stderr, omitted, code, script)
    return Completion(work, None, error, "error", started, ended, _outputs(stdout, stderr))


def _outputs(stdout: bytes, stderr: bytes) -> tuple[Output, ...]:
    streams = ((OutputStream.STDOUT, stdout), (OutputStream.STDERR, stderr))
    return tuple([output_of(stream, data) for stream, data in streams if data])


def _end_of(url: str) -> tuple[bytes, int]:
    """Return the last part of a file, and how much is before that."""
    filesystem = get_filesystem(url)
    omitted = max(0, filesystem.filesize(url) - MAX_STDERR)
    with filesystem.open(url, "rb") as stream:
        stream.seek(omitted)
        return stream.read(), omitted


def _times(lines: list[str]) -> tuple[int, int]:
    """Return beginning and end in microseconds, 0 where a shell could not tell."""
    with suppress(IndexError, ValueError):
        started, ended = lines[0].split()
        return int(started) * 1_000_000, int(ended) * 1_000_000
    return 0, 0
