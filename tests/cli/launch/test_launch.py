"""`redun launch`: a command run on an executor, waited for or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import warm

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

PLUGIN = """
    from redun.plugin import ExecutorSpec, hookimpl

    REDUN_API = 1

    @hookimpl
    def redun_executors():
        return [ExecutorSpec("mill", "mill_executor:Mill")]
"""
MILL = """
    import subprocess

    from redun.executors.remote.script_job import send_script

    class Mill:
        '''Starts processes that know nothing of it, as a service would.'''

        def __init__(self, name, options):
            self.name, self.scratch = name, options["scratch"]

        def equip(self, equipment):
            self.root = equipment.root

        def start(self, inbox):
            pass

        def launch(self, work):
            parcel = send_script(work, f"{self.root}/{self.scratch}")
            subprocess.Popen(
                parcel.command, cwd="/", start_new_session=True, stdin=-3, stdout=-3, stderr=-3,
                env={"PATH": "/usr/bin:/bin", "MEMORY": str(work.policy.options.get("memory"))},
            )
            return f"mill job {work.job_id}: {parcel.url}"

        def stop(self, *, wait=True):
            pass
"""
WORKFLOW = """
    from helper import double
    from redun import task

    redun_namespace = "launched"

    @task
    def main(x: int = 1):
        return double(x)
"""
REDUN = str(Path(sys.executable).with_name("redun"))


@pytest.fixture
def mill(workspace: Workspace) -> Workspace:
    workspace.install_plugin("executor_mill", PLUGIN, mill_executor=MILL)
    workspace.write(
        ".redun/redun.ini",
        """
        [executors.mill]
        type = mill
        scratch = scratch

        [executors.other]
        type = alias
        target = mill
        """,
    )
    return workspace


def wait_for(path: Path) -> str:
    for _ in range(200):
        if path.is_file() and path.stat().st_size:
            return path.read_text()
        time.sleep(0.1)
    raise AssertionError(f"{path} did not come to be")


def test_it_runs_when_the_launch_is_over(mill: Workspace) -> None:
    (mill.folder / "gate").mkdir()
    words = [
        "sh",
        "-c",
        'while [ -d "$1" ]; do sleep 0.1; done; echo "it is $MEMORY"',
        "sh",
        f"{mill.folder}/gate",
    ]
    told = mill.redun("launch", "--executor", "other", "-o", "memory=7", *words).stdout
    # Over, and the command runs on; what was printed finds it.
    assert told.startswith("mill job ")
    url = Path(told.split(": ")[1].strip())
    assert url.parents[2] == mill.folder / "scratch"
    assert not (url / "status").exists()
    (mill.folder / "gate").rmdir()
    assert wait_for(url / "status").startswith("ok\n")
    assert (url / "stdout").read_text() == "it is 7\n"
    # Nobody is there to record it.
    assert not (mill.folder / ".redun" / "redun.db").exists()


def test_code_is_sent_along(mill: Workspace) -> None:
    mill.write("helper.py", "def double(x): return 2 * x\n")
    mill.write("workflow.py", WORKFLOW)
    mill.write("data.csv", "")
    words = ["--executor", "mill", "--code-package", "-o", "code_excludes=*.csv", "-o", "code_includes=*"]
    told = mill.redun("launch", *words, REDUN, "run", "workflow.py", "main", "--x", "21").stdout
    url = Path(told.split(": ")[1].strip())
    status = wait_for(url / "status")
    assert status.startswith("ok\n"), (url / "stderr").read_text()
    assert (url / "stdout").read_text() == "42\n"
    assert len(os.listdir(mill.folder / ".redun" / "scratch" / "code")) == 1
    told = mill.redun("launch", *words, "ls").stdout
    url = Path(told.split(": ")[1].strip())
    wait_for(url / "status")
    assert (url / "stdout").read_text() == "helper.py\nworkflow.py\n"


def test_waiting(workspace: Workspace) -> None:
    done = workspace.redun(
        "launch", "--executor", "default", "--wait", "printf", "%s|", "a b", "$HOME", "--wait"
    )
    assert done.stdout == "a b|$HOME|--wait|"
    assert "redun.script_task" in done.stderr
    # One word is text for the shell.
    assert workspace.redun("launch", "--wait", "--executor", "default", "echo a | wc -c").stdout == "2\n"
    log = [json.loads(line) for line in workspace.redun("log", "--format", "json").stdout.splitlines()]
    assert [execution["status"] for execution in log] == ["DONE", "DONE"]
    assert log[0]["argv"][1:] == ["launch", "--wait", "--executor", "default", "echo a | wc -c"]


def test_waiting_prints_bytes_as_they_are(workspace: Workspace) -> None:
    redun = [REDUN, "launch", "--wait", "--executor", "default", r"printf '\377\0x'"]
    done = warm.run(
        redun, cwd=workspace.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    assert done.stdout == b"\xff\0x"


def test_each_launch_runs(workspace: Workspace) -> None:
    for _ in range(2):
        workspace.redun("launch", "--wait", "--executor", "default", f"echo x >> {workspace.folder}/count")
    assert (workspace.folder / "count").read_text() == "x\nx\n"


@pytest.mark.parametrize(("command", "code"), [("exit 3", 3), ("kill -9 $$", 137), ("nosuchcommand", 127)])
def test_the_exit_code_is_passed_on(workspace: Workspace, command: str, code: int) -> None:
    done = workspace.redun("launch", "--wait", "--executor", "default", command, code=code)
    assert "ScriptError" in done.stderr
    assert done.stdout == ""


def test_code_package_of_this_machine(workspace: Workspace) -> None:
    workspace.write("helper.py", "def double(x): return 2 * x\n")
    workspace.write("workflow.py", WORKFLOW)
    workspace.write(".redun/redun.ini", "[executors.default]\ntype = local\nscratch = kept\n")
    words = ["launch", "--wait", "--executor", "default", "--code-package"]
    done = workspace.redun(*words, REDUN, "run", "workflow.py", "main", "--x", "4")
    assert done.stdout == "8\n"
    assert workspace.redun(*words, "pwd").stdout.strip() != str(workspace.folder)
    assert len(os.listdir(workspace.folder / ".redun" / "kept" / "code")) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["ls"], 2, "Missing option '--executor'"),
        (["--executor", "mill"], 2, "Missing argument 'CMD...'"),
        (["--executor", "nope", "ls"], 1, "no plugin supplies the executor 'nope'"),
        (["--executor", "nope", "--wait", "ls"], 1, "no plugin supplies the executor 'nope'"),
        (["--executor", "default", "ls"], 1, "add --wait, and `redun launch` stays until it has ended"),
        (["--executor", "mill", "-o", "memroy=4", "ls"], 1, "memroy"),
        (["--executor", "mill", "-o", "memory", "ls"], 2, "'memory' is not of the form KEY=VALUE"),
        (
            ["--executor", "bare", "--code-package", "--wait", "ls"],
            1,
            r"[executors.bare] has no scratch folder",
        ),
    ],
)
def test_errors(mill: Workspace, words: list[str], code: int, message: str) -> None:
    with (mill.folder / ".redun" / "redun.ini").open("a") as file:
        file.write("\n[executors.bare]\ntype = mill\n")
    done = mill.redun("launch", *words, code=code)
    assert message in done.stderr
    assert done.stdout == ""
