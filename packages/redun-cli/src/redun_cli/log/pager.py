"""Long answers on a terminal, a page at a time.

Floor: command line.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import TextIO, cast

__all__ = ["paged", "pager_command"]

# Leaves at once what fits on a screen, cuts long lines rather than folding them, ends on ^C, and leaves the text there.
_LESS = ["-F", "-K", "-R", "-S", "-X"]


def pager_command() -> list[str] | None:
    """Return `$PAGER`, or else `less`; None if there is neither, or `$PAGER` is empty or `cat`."""
    given = os.environ.get("PAGER")
    if given is not None:
        try:
            words = shlex.split(given)
        except ValueError:
            return None
        if not words or words == ["cat"] or shutil.which(words[0]) is None:
            return None
        return [*words, *_LESS] if words == ["less"] else words
    less = shutil.which("less")
    return None if less is None else [less, *_LESS]


@contextlib.contextmanager
def paged(*, wanted: bool = True) -> Iterator[TextIO]:
    """Lend the stream to write to: that of a pager if standard output is a terminal, else standard output itself.

    Parameters
    ----------
    wanted : bool
        False: never a pager.
    """
    command = pager_command() if wanted and sys.stdout.isatty() else None
    if command is None:
        yield sys.stdout
        return
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, text=True, encoding="utf-8", errors="backslashreplace"
    )
    stream = cast(TextIO, process.stdin)
    try:
        with contextlib.suppress(BrokenPipeError):
            # Whoever has seen enough quits the pager.
            yield stream
    finally:
        with contextlib.suppress(BrokenPipeError):
            stream.close()
        while True:
            try:
                process.wait()
                break
            except KeyboardInterrupt:
                # ^C is the pager's business while it shows something.
                continue
