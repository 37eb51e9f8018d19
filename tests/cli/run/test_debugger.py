"""`--pdb`, and debuggers that tasks start."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

WORKFLOW = """
    from redun import script, task


    @task
    def divide(x: int):
        secret = x * 21
        return secret / 0


    @task
    def main(stop: bool = False):
        if stop:
            breakpoint()
        return divide(2)


    @task
    def command():
        return script("exit 3")
"""


def debug(workspace: Workspace, typed: str, *words: str) -> tuple[int, str, str]:
    workspace.write("wf.py", WORKFLOW)
    process = workspace.start("run", *words, stdin=subprocess.PIPE)
    stdout, stderr = process.communicate(typed, timeout=120)
    return process.returncode, stdout, stderr


def test_the_debugger_opens_where_the_task_failed(workspace: Workspace) -> None:
    code, stdout, stderr = debug(workspace, "p secret\np x\nup\nquit\n", "--pdb", "wf.py", "main")
    assert code == 1
    assert "wf.py(8)divide()" in stdout
    assert "(Pdb) 42" in stdout
    assert "(Pdb) 2" in stdout
    # There is no frame of ours above.
    assert "*** Oldest frame" in stdout
    assert stderr.count("ZeroDivisionError") == 1


def test_without_it_none_opens(workspace: Workspace) -> None:
    code, stdout, _ = debug(workspace, "p secret\n", "wf.py", "main")
    assert (code, stdout) == (1, "")


def test_a_task_starts_a_debugger_in_its_thread(workspace: Workspace) -> None:
    code, stdout, stderr = debug(workspace, "p stop\nc\n", "wf.py", "main", "--stop")
    assert "(Pdb) True" in stdout
    assert code == 1
    assert "ZeroDivisionError" in stderr


def test_a_failure_of_another_process_has_no_frames(workspace: Workspace) -> None:
    code, stdout, stderr = debug(workspace, "", "--pdb", "wf.py", "command")
    assert (code, stdout) == (1, "")
    assert stderr.endswith("[redun] There is no frame of this process to debug.\n")
