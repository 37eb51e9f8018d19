"""On a terminal the table of jobs is live; what tasks print stays readable and stdout stays what it is."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import warm

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

REDUN = Path(sys.executable).with_name("redun")


def run_on_terminal(workspace: Workspace, *words: str, stdout: int | None = None) -> tuple[str, str, int]:
    """Run with stderr, and stdout unless given, on a pseudo-terminal; return both and the exit code."""
    ours, theirs = pty.openpty()
    process = warm.Popen(
        [REDUN, *words],
        cwd=workspace.folder,
        env={**workspace.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
        stdin=theirs,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    printed = process.stdout.read().decode() if process.stdout is not None else ""
    return shown.decode(), printed, process.wait(60)


WORKFLOW = """
    import sys, time
    from redun import task

    redun_namespace = "live"


    @task
    def step(x: int) -> int:
        print(f"printed by {x}")
        time.sleep(0.6)
        return x


    @task
    def main() -> list[int]:
        return [step(x) for x in range(3)]
"""


def test_the_table_is_live(workspace: Workspace) -> None:
    workspace.write("wf.py", WORKFLOW)
    shown, _, code = run_on_terminal(workspace, "run", "wf.py", "main")
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    before, after = plain.split("| JOB STATUS")
    assert "elapsed" in before
    assert re.search(r"live\.step +· +3 ", before)
    assert re.search(r"\| live\.step +0 +0 +0 +0 +3 +3", after)
    assert all(f"printed by {x}" in before for x in range(3))
    assert after.rstrip().endswith("[0, 1, 2]")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor hides and comes back


def test_what_is_printed_goes_where_stdout_goes(workspace: Workspace) -> None:
    workspace.write("wf.py", WORKFLOW)
    shown, printed, code = run_on_terminal(workspace, "run", "wf.py", "main", stdout=subprocess.PIPE)
    assert code == 0
    assert sorted(printed.splitlines()) == ["[0, 1, 2]", *(f"printed by {x}" for x in range(3))]
    assert "printed by" not in shown
    assert "elapsed" in shown
