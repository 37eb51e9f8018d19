"""A workflow with something of everything that is recorded, and a way to watch a collection; also for processes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redun import File, Handle, Scheduler, catch, get_context, task
from redun.config import Config
from redun.recorder.sqlite import SqliteRecorder
from redun.retention.checking import Problem, check
from redun.retention.maintenance import Maintenance

LARGE = 1_100_000

GATES: dict[str, tuple[threading.Event, threading.Event]] = {}


def gate(name: str) -> tuple[threading.Event, threading.Event]:
    """Return two events: a task has come to the gate; it may go on."""
    return GATES.setdefault(name, (threading.Event(), threading.Event()))


class Store(Handle):
    def __init__(self, name: str) -> None:
        self.instance = name


@task(namespace="retained", version="1")
def step(x: int) -> int:
    return x + 1


@task(namespace="retained", version="1")
def large(x: int) -> bytes:
    return bytes([x % 256]) * LARGE


@task(namespace="retained", version="1")
def length(data: bytes) -> int:
    return len(data)


@task(namespace="retained", version="1")
def write(folder: str, x: int) -> File:
    file = File(f"{folder}/{x}.txt")
    file.write(str(x))
    return file


@task(namespace="retained", version="1")
def read(file: File) -> str:
    return str(file.read())


@task(namespace="retained", version="1")
def fail(x: int) -> int:
    raise ValueError(f"no {x}")


@task(namespace="retained", version="1")
def recover(error: Exception) -> str:
    return "recovered"


@task(namespace="retained", version="1")
def scaled(x: int, factor: int = get_context("factor", 2)) -> int:
    return x * factor


@task(namespace="retained", version="1")
def load(store: Store, x: int) -> Store:
    return store


@task(namespace="retained", version="1", prov=False)
def unrecorded(x: int) -> list[int]:
    return [x, x]


@task(namespace="retained", version="1")
def both(items: list[int]) -> int:
    return sum(items)


@task(namespace="retained", version="1", check_valid="shallow")
def whole(x: int) -> Any:
    return step(step(x))


@task(namespace="retained", version="1", cache=False)
def wait(name: str, after: Any) -> str:
    arrived, go = gate(name)
    arrived.set()
    assert go.wait(60)
    return name


@task(namespace="retained", version="1")
def everything(folder: str, numbers: list[int]) -> list[Any]:
    return [part(folder, x) for x in numbers]


@task(namespace="retained", version="1")
def part(folder: str, x: int) -> list[Any]:
    return [
        step(step(x)),
        length(large(x)),
        read(write(folder, x)),
        catch(fail(x), ValueError, recover),
        scaled(x),
        both(unrecorded(x)),
        whole(x),
        loaded(load(Store("warehouse"), x)),
    ]


@task(namespace="retained", version="1")
def loaded(store: Store) -> str:
    return store.instance


@task(namespace="retained", version="1")
def held(folder: str, numbers: list[int], name: str) -> list[Any]:
    found = [part(folder, x) for x in numbers]
    return [again(found, wait(name, found)), found]


@task(namespace="retained", version="1")
def again(found: list[Any], name: str) -> list[Any]:
    """Uses what was found before the gate once more."""
    return [step(one[0]) for one in found] + [len(found)]


def result_of(numbers: list[int]) -> list[Any]:
    """Return what `everything` comes to."""
    return [[x + 2, LARGE, str(x), "recovered", 2 * x, 2 * x, x + 2, "warehouse"] for x in numbers]


def run(database: Path, expression: Any, **options: Any) -> Any:
    """Run something, recorded in a database."""
    scheduler = Scheduler(Config({"backend": {"db_uri": f"sqlite:///{database}"}}))
    try:
        return scheduler.run(expression, **options)
    finally:
        scheduler.close()


def run_everything(database: Path, numbers: list[int], **options: Any) -> None:
    """Run `everything`, and hold it to its result."""
    assert run(database, everything(folder_of(database), numbers), **options) == result_of(numbers)


def folder_of(database: Path) -> str:
    """Return where files are made: copies of a record share it, for calls are known by it."""
    note = database.parent / "folder"
    if not note.exists():
        made = database.parent / "made"
        made.mkdir(parents=True)
        note.write_text(str(made))
    return note.read_text()


def problems(database: Path) -> list[Problem]:
    """Return what is wrong with a record, without remarks on what could be tidied up."""
    remarks = ("unreachable", "crashed", "stray payload")
    return [one for one in check(database, deep=True) if one.kind not in remarks]


class Held(threading.Thread):
    """A run that has found or made its values and waits in the middle."""

    def __init__(self, database: Path, numbers: list[int], name: str) -> None:
        super().__init__(daemon=True)
        self.arrived, self._go = GATES[name] = threading.Event(), threading.Event()
        self._call = held(folder_of(database), numbers, name)
        self._database = database
        self._numbers = numbers
        self._name = name
        self.result: Any = None
        self.error: BaseException | None = None
        self.start()
        assert self.arrived.wait(60)

    def run(self) -> None:
        try:
            self.result = run(self._database, self._call)
        except BaseException as error:
            self.error = error
            self.arrived.set()

    def finish(self) -> None:
        """Let it go on, and hold it to its result."""
        if self._go.is_set():
            return
        self._go.set()
        self.join(60)
        assert self.error is None, self.error
        found = result_of(self._numbers)
        assert self.result == [[x + 3 for x in self._numbers] + [len(found)], found]


@contextlib.contextmanager
def watched(action: Callable[[int, bool], None]) -> Iterator[None]:
    """Call `action` with the number of each transaction of a collection: within it (True) and after it (False)."""
    original = Maintenance.slice
    count = 0

    @contextlib.contextmanager
    def slice_(work: Maintenance) -> Iterator[Any]:
        nonlocal count
        number, count = count, count + 1
        with original(work) as connection:
            yield connection
            action(number, True)
        action(number, False)

    Maintenance.slice = slice_  # type: ignore[method-assign]
    try:
        yield
    finally:
        Maintenance.slice = original  # type: ignore[method-assign]


def recorder(database: Path) -> SqliteRecorder:
    """Open a recorder."""
    return SqliteRecorder(database)
