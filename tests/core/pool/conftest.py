"""Schedulers with processes, and the traces that bodies leave."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redun import Scheduler

# Other processes must find the tasks by an ordinary import.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def pool(request: pytest.FixtureRequest) -> Iterator[Scheduler]:
    """A scheduler with two processes; the start method is the parameter, if there is one."""
    section = {"type": "process", "max_workers": "2", "start_method": getattr(request, "param", "forkserver")}
    with Scheduler({"executors.process": section}) as scheduler:
        yield scheduler
    assert not processes_below(os.getpid())


@pytest.fixture
def bodies(tmp_path: Path) -> Callable[[], list[str]]:
    """What the bodies noted."""
    return lambda: (tmp_path / "bodies").read_text().split("\n")[:-1]


def processes_below(pid: int) -> list[str]:
    """Return the command lines of what pools have started and not ended, below a process."""
    from redun.executors.descendants import descendants

    found = []
    for child in descendants([pid]):
        try:
            line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if "redun-nursery" in line or "redun-worker" in line:
            found.append(f"{child} {line[-40:]}")
    return found


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
