"""A process that outlives a killed run for as long as it takes to end what its tasks started.

Floor: executors. Whoever gets SIGKILL cannot clean up, so processes are marked by an environment variable and a shell
waits at the other end of a pipe. When the pipe closes without a goodbye, the shell ends all that bears the mark.
`redun run` marks all below it; where there is no such run, an executor marks the scripts that it starts. Processes that
forked without an exec bear no mark of their own (`/proc` shows the environment of the last exec) and report themselves
through the pipe instead. The files of their scripts go too. Only where there is a `/proc`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redun.executors.script_files import script_files

__all__ = ["VARIABLE", "Guardian"]

VARIABLE = "REDUN_RUN"
"""Names, in the environment of every process that a task starts, the run it belongs to."""

_GOODBYE = b"goodbye\n"

# A process is named by pid and start time, fields 1 and 22 of /proc/PID/stat; the second, in parentheses, may hold
# anything. SIGKILL is repeated because what is about to die may just have started another process.
_SCRIPT = r"""
files=$3
forked=$(cat)
case $forked in *goodbye) exit ;; esac
ended=$2
leave() {
    for pid in $ended; do
        rm -f -- "$files"*-"$pid".script
    done
    exit
}
marked() {
    grep -lszxF -- "$1" /proc/[0-9]*/environ | tr -dc '0-9\n'
    for child in $forked; do
        read -r stat < "/proc/${child%:*}/stat" || continue
        set -- ${stat##*) }
        case "$1" in Z | X) continue ;; esac
        [ "${20}" = "${child#*:}" ] && echo "${child%:*}"
    done
}
send() {
    pids=$(marked "$2")
    [ -n "$pids" ] || leave
    ended="$ended $pids"
    kill "-$1" $pids
}
send TERM "$1"
for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    [ -n "$(marked "$1")" ] || leave
done
for _ in 1 2 3 4 5; do
    send KILL "$1"
    sleep 0.1
done
leave
"""


class Guardian:
    """Ends processes that bear its mark, should this process end without a goodbye.

    Attributes
    ----------
    pid : int or None
        The shell that waits; None where there can be none, and nothing is guarded.
    mark : mapping of str to str
        What the environment of a process holds that is to end.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        self.mark: Mapping[str, str] = {}
        if not Path("/proc/self/environ").exists():
            return
        environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
        mark = secrets.token_hex(16)
        reading, writing = os.pipe()
        # Without the shell (no process to be had, none installed) the run goes on unguarded.
        with contextlib.suppress(OSError), open(reading, "rb", 0) as stdin:
            self._process = subprocess.Popen(
                [
                    "/bin/sh",
                    "-c",
                    _SCRIPT,
                    "redun-guardian",
                    f"{VARIABLE}={mark}",
                    str(os.getpid()),
                    script_files(),
                ],
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environ,
                # What is sent to the terminal's foreground group is not meant for it.
                start_new_session=True,
            )
        if self._process is None:
            os.close(writing)
            return
        self.mark = {VARIABLE: mark}
        self._pipe = writing
        report = weakref.WeakMethod(self._report)
        os.register_at_fork(after_in_child=lambda: _call(report))

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def dismiss(self) -> None:
        """Say goodbye: what is still running may go on."""
        if self._process is None:
            return
        pipe, self._pipe = self._pipe, -1
        if pipe < 0:
            return
        with contextlib.suppress(OSError):
            os.write(pipe, _GOODBYE)
        os.close(pipe)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)

    def _report(self) -> None:
        """Name a process that was just forked, and let go of the pipe, which must close when the run ends."""
        pipe, self._pipe = self._pipe, -1
        if pipe < 0:
            return
        # It is no child of the new process.
        self._process = None
        with contextlib.suppress(OSError):
            started = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19]
            os.write(pipe, b"%d:%b\n" % (os.getpid(), started))
        os.close(pipe)


def _call(method: weakref.WeakMethod[Any]) -> None:
    alive = method()
    if alive is not None:
        alive()
