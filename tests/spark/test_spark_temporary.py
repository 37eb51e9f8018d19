"""What killed processes left among the temporary files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from redun_executor_spark.temporary import temporary_folder
from redun_executor_spark.waves.parcels import fetched, left, own_folder, remove, remove_folder

PROGRAM = """
import sys
from redun_executor_spark.temporary import temporary_folder
folder = temporary_folder()
print(folder.name, flush=True)
sys.stdin.read()
"""


def test_the_folder_of_a_killed_process_goes_with_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        for _ in range(2)
    ]
    killed, living = processes
    try:
        folders = [
            Path(((process.stdout and process.stdout.readline()) or "").strip()) for process in processes
        ]
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert [folder.is_dir() for folder in folders] == [True, True]
        with temporary_folder() as own:
            assert [folder.is_dir() for folder in folders] == [False, True]
            assert Path(own).parent == folders[0].parent
            assert Path(own).parent.stat().st_mode & 0o077 == 0
    finally:
        for process in (killed, living):
            process.kill()
            process.communicate()


def test_what_a_killed_process_left_in_a_shared_scratch_folder_goes_with_the_next_one(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    ours = own_folder(str(tmp_path))
    theirs = ours.replace(f"-{os.getpid()}-", f"-{ended.pid}-")
    elsewhere = str(tmp_path / "spark" / f"{'0' * 12}-{ended.pid}-{'0' * 16}")
    parcels = [left([b"arguments"], folder) for folder in (ours, theirs, elsewhere)]
    own_folder(str(tmp_path))
    assert [os.path.exists(parcel) for parcel in parcels] == [True, False, True]
    remove_folder(ours)
    assert fetched(parcels[0], "The arguments") == [b"arguments"]
    remove(parcels[0])
    remove_folder(ours)
    assert os.listdir(tmp_path / "spark") == [os.path.basename(elsewhere)]
