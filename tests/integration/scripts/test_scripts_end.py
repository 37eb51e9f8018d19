"""The end of scripts before their time: nothing that they started stays behind, on disk or running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import warm
from redun import Scheduler, script
from redun.errors import ExecutionInterrupted, JobTimeoutError

REDUN = Path(sys.executable).with_name("redun")
PATIENCE_S = 60.0

# Children in the background, in a session of its own, one that ignores SIGTERM, and one whose parent is gone.
STUBBORN = """
sleep 1000 &
echo $! >> pids
setsid sleep 1000 &
echo $! >> pids
bash -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 0.1; done' &
bash -c 'sleep 1000 & echo $! >> pids'
echo $$ >> pids
touch begun
wait
"""

WORKFLOW = f"""
from redun import File, script, task

redun_namespace = "ends"

@task
def stubborn(tempdir: bool = False):
    command = {STUBBORN!r}
    if tempdir:
        command = command.replace("pids", "$OLDPWD/pids").replace("begun", "$OLDPWD/begun")
    return script(command, tempdir=tempdir)

@task
def patient():
    return script("touch begun; sleep 1; echo done", outputs=File("-"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "tmp").mkdir()
    (folder / "wf.py").write_text(WORKFLOW)
    yield folder
    for pid in pids(folder):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def pids(folder: Path) -> list[int]:
    path = folder / "pids"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def await_that(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    process = warm.Popen(
        [REDUN, "run", "wf.py", *words],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder.parent / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    await_that(lambda: (folder / "begun").exists() or process.poll() is not None, "the script")
    assert process.poll() is None, process.communicate()
    return process


@pytest.mark.parametrize("tempdir", ["--no-tempdir", "--tempdir"])
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_run_that_is_stopped_leaves_no_process_and_no_file(project: Path, signum: int, tempdir: str) -> None:
    process = start(project, "stubborn", *(["--tempdir", "true"] if tempdir == "--tempdir" else []))
    begun = pids(project)
    assert len(begun) >= 4
    assert all(map(alive, begun))
    process.send_signal(signum)
    _, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signum, stderr
    await_that(lambda: not any(map(alive, pids(project))), "the end of what the script started")
    left = list((project.parent / "tmp").iterdir())
    # A shell that had to be killed could not remove the folder it made.
    assert all(tempdir == "--tempdir" and folder.name.startswith("tmp.") for folder in left), left


def test_run_that_is_killed_leaves_no_process(project: Path) -> None:
    process = start(project, "stubborn")
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    await_that(lambda: not any(map(alive, pids(project))), "the end of what the script started")


def test_interrupt_lets_a_script_finish(project: Path) -> None:
    process = start(project, "patient")
    # As a terminal does: to all processes of the group.
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signal.SIGINT, stderr
    assert "Failed" not in stderr
    (project / "begun").unlink()
    done = warm.run([REDUN, "run", "wf.py", "patient"], cwd=project, capture_output=True, text=True)
    assert done.stdout == "b'done\\n'\n", done.stderr


def test_scheduler_that_is_stopped_ends_its_scripts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    with Scheduler() as scheduler:

        def stop() -> None:
            await_that((project / "begun").exists, "the script")
            scheduler.interrupt(signal.SIGTERM, wait=False)

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(ExecutionInterrupted):
            scheduler.run(script(STUBBORN))
        thread.join()
        await_that(lambda: not any(map(alive, pids(project))), "the end of what the script started")
        # It can be used again.
        assert scheduler.run(script("echo on")) == b"on\n"


def test_script_whose_time_is_up_is_ended_and_tried_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr("tempfile.tempdir", str(project.parent / "tmp"))
    with (
        Scheduler() as scheduler,
        pytest.raises(JobTimeoutError, match=r"redun\.script_task took longer than its timeout of 0\.7 s"),
    ):
        scheduler.run(script("echo x >> tries\n" + STUBBORN, timeout=0.7, retries=1))
    await_that(lambda: not any(map(alive, pids(project))), "the end of what the script started")
    assert (project / "tries").read_text() == "x\nx\n"
    assert not list((project.parent / "tmp").iterdir())
