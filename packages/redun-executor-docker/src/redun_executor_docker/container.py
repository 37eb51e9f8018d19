"""One container, from its making to its removal."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from secrets import token_hex
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import attrs
from redun.errors import ExecutorError, JobLostError
from redun.executors.output import Kept

from redun_executor_docker.engine import Engine, EngineGone
from redun_executor_docker.leftovers import remove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docker.models.containers import Container as EngineContainer

    from redun_executor_docker.guardian import Guardian

__all__ = ["Container", "State"]

_LOOK_S = 60
"""How long the end of a container is waited for before it is looked at: a connection may die without a word."""

_PATIENCE_S = 20
"""How long the engine may be away, for instance to be started anew."""


@attrs.frozen
class State:
    """How a container ended.

    Attributes
    ----------
    exit_code : int
    out_of_memory : bool
        The engine says so.
    error : str
        What went wrong with the container itself.
    """

    exit_code: int
    out_of_memory: bool
    error: str


class Container:
    """A container of the engine; as a context it is removed at the end, whatever happens.

    A context in which the engine went away ends with a `JobLostError`: it may have started the container, or not.

    Parameters
    ----------
    engine : Engine
    guardian : Guardian
        Told of it.
    arguments : mapping
        For `docker.DockerClient.containers.create`.
    task : str
        Name of the task, for messages.

    Attributes
    ----------
    id : str

    Raises
    ------
    ExecutorError
        The engine does not make it.
    """

    def __init__(self, engine: Engine, guardian: Guardian, arguments: Mapping[str, Any], task: str) -> None:
        self._engine = engine
        self._guardian = guardian
        self._task = task
        self._removing = Lock()
        self._removed = False
        guardian.expect()
        try:
            with engine.speaking(f"The container of task {task} cannot be made"):
                self._container: EngineContainer = engine.client.containers.create(**arguments)
        except EngineGone:
            raise  # it may have been made
        except Exception:
            guardian.forget()
            raise
        self.id = str(self._container.id)
        self._created_s = monotonic()

    def __enter__(self) -> Container:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.remove()
        if isinstance(error, EngineGone):
            raise JobLostError(
                f"The container engine at {self._engine.host} went away while task {self._task} ran."
            ) from error

    def start(self) -> None:
        """Start it.

        Raises
        ------
        ExecutorError
            It does not start, for instance as the image has no such program.
        """
        try:
            with self._engine.speaking(f"The container of task {self._task} cannot be started"):
                self._container.start()
        except ExecutorError as error:
            if "executable file not found" in str(error) or "no such file or directory" in str(error):
                error.add_note(
                    "Tasks need Python with redun-core in the image (`python` names another one than python3); "
                    "script tasks need only a shell."
                )
            raise

    def wait(self) -> State:
        """Wait until it has ended.

        Raises
        ------
        JobLostError
            It was removed by somebody else.
        EngineGone
            The engine went away and did not come back with it.
        """
        from docker.errors import NotFound
        from requests.exceptions import RequestException

        while True:
            # Slow, or the engine is away: what it says next tells.
            with suppress(RequestException, NotFound):
                self._container.wait(timeout=_LOOK_S)
            state = self._look()
            if state is not None:
                return state

    def _look(self) -> State | None:
        from docker.errors import NotFound

        until = monotonic() + _PATIENCE_S
        while True:
            try:
                with self._engine.speaking():
                    try:
                        self._container.reload()
                    except NotFound:
                        raise JobLostError(
                            f"The container of task {self._task} is gone: somebody removed it while it ran."
                        ) from None
                break
            except EngineGone:
                if monotonic() > until:
                    raise
                sleep(0.5)
        state = self._container.attrs["State"]
        if state.get("Running") or state.get("Status") in ("created", "running", "restarting", "paused"):
            return None
        return State(
            int(state.get("ExitCode", 0)), bool(state.get("OOMKilled")), str(state.get("Error") or "")
        )

    def was_killed(self) -> bool:
        """Tell whether somebody sent it a signal by way of the engine."""
        client = self._engine.client
        seconds = int(monotonic() - self._created_s) + 2
        with self._engine.speaking():
            now = _engine_time(self._engine)
            events: Iterable[Any] = client.events(
                since=now - seconds,
                until=now + 1,
                filters={"container": [self.id], "event": ["kill"]},
                decode=True,
            )
            return any(True for _ in events)

    def logs(self) -> dict[int, Kept]:
        """Return what it wrote, by the number of the stream: 1 or 2."""
        kept = {1: Kept(), 2: Kept()}
        with self._engine.speaking():
            for stream, sink in kept.items():
                chunks = self._container.logs(
                    stdout=stream == 1, stderr=stream == 2, stream=True, follow=False
                )
                for chunk in chunks:
                    sink.write(chunk)
        return kept

    def remove(self) -> None:
        """End and remove it; does nothing if that was done. Safe from any thread."""
        with self._removing:
            if self._removed:
                return
            try:
                with self._engine.speaking():
                    remove(self._engine.client, self.id)
            except ExecutorError:
                return  # the guardian, or the next scheduler, does it
            self._removed = True
            self._guardian.forget()


def name_of(task: str, job_id: str) -> str:
    """Return a name for a container that nobody else has, by which people recognise it."""
    execution, _, number = job_id.partition(".")
    words = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in task).strip("-")
    return "-".join(word for word in ("redun", words, execution[:8], number, token_hex(3)) if word)


def _engine_time(engine: Engine) -> int:
    from datetime import datetime

    text = str(engine.client.info().get("SystemTime", ""))
    return int(datetime.fromisoformat(text[:19] + "+00:00").timestamp())
