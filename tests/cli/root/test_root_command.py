"""The command itself: help, version, options, errors."""

from __future__ import annotations

import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from redun_cli.own import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands_of_core(workspace: Workspace, words: list[str]) -> None:
    done = workspace.redun(*words)
    assert done.stdout.startswith("Usage: redun [OPTIONS] [COMMAND] [ARGS]...")
    commands = done.stdout.split("\nCommands:\n")[1]
    assert re.findall(r"^  (\w+)  ", commands, re.M) == list(COMMANDS)
    assert done.stderr == ""
    assert not (workspace.folder / ".redun").exists()


@pytest.mark.parametrize("words", [["--version"], ["-V"]])
def test_version(workspace: Workspace, words: list[str]) -> None:
    assert re.fullmatch(r"redun \d+\.\d+\S*\n", workspace.redun(*words).stdout)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnu"], "No such command 'rnu'. Did you mean 'run'?"),
        (["--nonsense"], "No such option"),
        (["-p", "name", "run"], "'name' is not of the form no:NAME"),
        (["--log-level", "loud", "run"], "'loud' is not one of"),
        (["run"], "Missing argument"),
        (["aws", "logs"], "pip install redun-executor-batch"),
    ],
)
def test_wrong_usage(workspace: Workspace, words: list[str], message: str) -> None:
    done = workspace.redun(*words, code=2)
    assert done.stderr.startswith("Usage: redun")
    assert message in done.stderr
    assert done.stdout == ""


def test_a_configuration_folder_must_hold_a_configuration(workspace: Workspace) -> None:
    workspace.write("wf.py", "from redun import task\n\n@task\ndef f():\n    return 1\n")
    done = workspace.redun("-c", "conf", "run", "wf.py", "f", code=1)
    assert done.stderr.startswith(f"redun: error: {workspace.folder / 'conf'} holds no redun.ini")
    workspace.redun("-c", "conf", "init")
    assert workspace.redun("-c", "conf", "run", "wf.py", "f").stdout == "1\n"
    assert (workspace.folder / "conf" / "redun.db").exists()
    assert not (workspace.folder / ".redun").exists()


def test_the_nearest_configuration_upward_is_used(workspace: Workspace) -> None:
    workspace.redun("init")
    workspace.write("deep/er/wf.py", "from redun import task\n\n@task\ndef f():\n    return 1\n")
    done = workspace.redun("run", "wf.py", "f", cwd=workspace.folder / "deep" / "er")
    assert f"config dir: {workspace.folder / '.redun'}\n" in done.stderr
    assert not (workspace.folder / "deep" / "er" / ".redun").exists()


def test_a_broken_configuration_is_an_error_but_help_is_there(workspace: Workspace) -> None:
    workspace.write(".redun/redun.ini", "[backend\n")
    workspace.write("wf.py", "from redun import task\n\n@task\ndef f():\n    return 1\n")
    done = workspace.redun("run", "wf.py", "f", code=1)
    assert done.stderr.startswith(f"redun: error: {workspace.folder / '.redun' / 'redun.ini'}, line 1")
    assert "Commands:" in workspace.redun("--help").stdout


def test_output_that_nobody_reads(workspace: Workspace) -> None:
    process = workspace.start("plugins", "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    stderr = process.stderr.read()
    assert process.wait(60) in (0, 1)
    assert "Traceback" not in stderr
    assert "BrokenPipe" not in stderr


def test_a_signal_before_anything_runs(workspace: Workspace) -> None:
    workspace.write("wf.py", "import time\nopen('loading', 'w').close()\ntime.sleep(60)\n")
    process = workspace.start("run", "wf.py")
    wait_for(workspace, "loading", process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr


def wait_for(workspace: Workspace, name: str, process: subprocess.Popen[str]) -> None:
    import time

    deadline = time.monotonic() + 60
    while not (workspace.folder / name).exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
