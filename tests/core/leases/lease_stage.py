"""What tests of leases put on stage: tasks whose bodies wait for each other, and who watches them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from threading import Barrier, Event, Lock
from typing import Any

from redun import script, subrun, task
from redun.recorder.batch import JobStatus
from redun.scheduler.events import ExecutionView, Transition

redun_namespace = "leases"

WAIT_S = 60


class Watch:
    """Sees how the jobs of one scheduler come along."""

    def __init__(self) -> None:
        self.execution = ""
        self.waits_for: dict[str, str] = {}
        self.states: dict[str, list[JobStatus]] = {}
        self._seen: dict[tuple[str, JobStatus], Event] = {}
        self._lock = Lock()

    def saw(self, task: str, status: JobStatus) -> bool:
        """Wait until a job of a task has reached a state."""
        return self._event(task, status).wait(WAIT_S)

    def _event(self, task: str, status: JobStatus) -> Event:
        with self._lock:
            return self._seen.setdefault((task, status), Event())

    def execution_started(self, execution: ExecutionView) -> None:
        self.execution = execution.id

    def jobs(self, transitions: Sequence[Transition]) -> None:
        for job, status in transitions:
            name = job.task_name.rpartition(".")[2]
            self.states.setdefault(name, []).append(status)
            if job.waits_for is not None:
                self.waits_for[name] = job.waits_for
            self._event(name, status).set()

    def execution_finished(self, execution: ExecutionView) -> None:
        pass


class Stage:
    """What the bodies of a test have in common: who ran, and what holds them up."""

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()
        self.events: dict[str, Event] = {}
        self.barrier = Barrier(2)
        self._lock = Lock()

    def note(self, name: str) -> None:
        with self._lock:
            self.ran[name] += 1

    def event(self, name: str) -> Event:
        with self._lock:
            return self.events.setdefault(name, Event())

    def wait(self, name: str) -> None:
        assert self.event(name).wait(WAIT_S), f"{name} never came"


stage = Stage()


@task(version="1")
def slow(name: str) -> str:
    """Begin, and end when told to."""
    stage.note(name)
    stage.event(f"{name} began").set()
    stage.wait(f"{name} may end")
    return f"made {name} ({stage.ran[name]})"


@task(version="1")
def failing_once(name: str) -> str:
    stage.note(name)
    if stage.ran[name] == 1:
        stage.event(f"{name} began").set()
        stage.wait(f"{name} may end")
        raise ValueError("the first time it fails")
    return f"made {name}"


@task(version="1")
def after(event: str) -> str:
    """Hold up what needs this until something has happened."""
    stage.wait(event)
    return "made after"


@task(version="1")
def pair(name: str) -> str:
    """End when two are running at a time, and never alone."""
    stage.note(name)
    stage.barrier.wait(WAIT_S)
    return name


@task(version="1")
def first_of(name: str, _other: str) -> str:
    return name


@task(version="1")
def slow_after(name: str, event: str) -> str:
    """Call `slow` once something has happened."""
    return slow(first_of(name, after(event)))


@task(version="1")
def caller(name: str) -> list[str]:
    stage.note(f"caller of {name}")
    return [slow(name), slow(name)]


@task(version="1")
async def awaiting(name: str) -> str:
    stage.note(f"awaiting {name}")
    return "awaited " + await slow(name)


@task(version="1")
async def awaiting_pair(name: str) -> str:
    return await pair(name)


@task(version="1")
def print_once(name: str) -> str:
    return script(f"echo {name}", executor="default")


@task(version="1")
def below(name: str) -> Any:
    return subrun([pair(name)], executor="default")
