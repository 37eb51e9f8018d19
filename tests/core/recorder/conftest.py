from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import warm
from redun.recorder.sqlite import SqliteRecorder

HERE = Path(__file__).parent
# So that tests and the processes that they start can import `recorder_rows`.
sys.path.insert(0, str(HERE))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that does not exist yet."""
    return tmp_path / "redun.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[[], SqliteRecorder]]:
    """Opens recorders on `path`, to be closed at the end."""
    recorders: list[SqliteRecorder] = []

    def opener() -> SqliteRecorder:
        recorders.append(SqliteRecorder(path))
        return recorders[-1]

    yield opener
    for recorder in recorders:
        recorder.close()


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a Python process that runs some code; killed at the end if need be."""
    processes: list[subprocess.Popen[str]] = []

    def starter(code: str, *arguments: object) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
        }
        process = warm.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield starter
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
