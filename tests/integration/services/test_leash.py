"""Servers and all that they started end with the process that asked for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from services.server import running

STARTS = """
import sys, time
from pathlib import Path
from services.server import running

folder = Path(sys.argv[1])
# The grandchild makes a session of its own and ignores what it can.
server = "trap '' TERM; setsid sh -c 'trap \\"\\" TERM HUP; echo $$ > grandchild; sleep 600' & echo $$ > server; wait"
with running(["sh", "-c", f"cd {folder}; {server}"], log=folder / "log", grace=0.2,
             answers=lambda: (folder / "grandchild").exists()):
    print("started", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("ending", ["normal", "kill"])
def test_nothing_is_left(tmp_path, ending):
    tools = Path(__file__).parents[3] / "tools"
    command = [sys.executable, "-c", STARTS, str(tmp_path), "0" if ending == "normal" else "600"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(tools)}
    ) as owner:
        assert owner.stdout.readline() == b"started\n"
        if ending == "kill":
            owner.send_signal(signal.SIGKILL)
    pids = [int((tmp_path / name).read_text()) for name in ("server", "grandchild")]
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, pids
        time.sleep(0.02)


def test_a_server_that_does_not_start_is_quoted(tmp_path):
    with pytest.raises(RuntimeError, match=r"(?s)sh ended instead of starting.*the port is taken"):  # noqa: SIM117
        with running(
            ["sh", "-c", "echo the port is taken; exit 1"], log=tmp_path / "log", answers=lambda: False
        ):
            pass


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_server_that_does_not_start_tells_why_though_its_folder_is_gone(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    command = [sys.executable, "-c", "print('begins', flush=True); raise SystemExit('the disk is full')"]
    with (
        pytest.raises(RuntimeError, match=r"ended instead of starting:\nbegins\nthe disk is full"),
        running(command, log=folder / "log", answers=lambda: False, remove=folder),
    ):
        pass
    assert not folder.exists()
