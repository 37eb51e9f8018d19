"""One job: its container made, waited for and removed, its result collected."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from time import time_ns
from typing import TYPE_CHECKING, Any

import attrs
from redun.errors import ExecutorError, JobCancelledError
from redun.executors.base import Completion, Work

from redun_executor_docker.container import Container, State, name_of
from redun_executor_docker.ending import failure_of, note_memory, ran_out
from redun_executor_docker.environment import environment_of
from redun_executor_docker.spec import container_arguments, user_of
from redun_executor_docker.trace import CONTAINER, IMAGE_DIGEST, trace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redun.executors.output import Kept, Output

    from redun_executor_docker.options import ContainerOptions
    from redun_executor_docker.scratch import Scratch
    from redun_executor_docker.site import Site

__all__ = ["Running"]

_terminal = Lock()


class Running:
    """One job, which may be ended from another thread at any time, also before its container is there.

    Parameters
    ----------
    work : Work

    Attributes
    ----------
    work : Work
    tags : list
        What is known of where it ran, for the record.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.tags: list[tuple[str, Any]] = []
        self._lock = Lock()
        self._container: Container | None = None
        self._ended = False

    def end(self) -> None:
        """End it, and remove its container."""
        with self._lock:
            self._ended = True
            container = self._container
        if container is not None:
            container.remove()

    def perform(self, site: Site, scratch: Scratch, options: ContainerOptions) -> Completion:
        """Run it and return how it ended.

        Raises
        ------
        ExecutorError
            Its container could not be made, did not start, was ended or is lost.
        """
        work = self.work
        image = site.images.get(options.image, options.pull_policy)
        self.tags.append((IMAGE_DIGEST, image.digest))
        parcel = scratch.send(work)
        user = user_of(options.user or image.user, site.engine)
        scratch.admit(parcel, user, rootless=site.engine.rootless)
        environment = environment_of(options, parcel.environment, site.credentials)
        options = attrs.evolve(options, volumes=(*scratch.volumes, *options.volumes))
        trace = trace_of(options, parcel.command, parcel.environment)
        with site.gpus.take(options.gpus) as gpus:
            arguments = container_arguments(
                options,
                engine=site.engine,
                image=image,
                command=parcel.command,
                environment=environment,
                labels={**site.labels, "redun.task": work.task.fullname, "redun.job": work.job_id},
                name=name_of(work.task.fullname, work.job_id),
                gpus=gpus,
            )
            # If all goes well it is dropped.
            self.tags.append((CONTAINER, trace))
            with self._made(site, arguments) as container:
                started = time_ns() // 1000
                state = self._run(site, container, options)
                ended = time_ns() // 1000
                logs = self._logs(container)
                found = scratch.collect(parcel, work)
                if found is not None:
                    completion = found
                else:
                    error, cause = failure_of(
                        state,
                        task=work.task.fullname,
                        options=options,
                        logs=logs,
                        counts_memory=not site.engine.is_podman,
                        was_killed=container.was_killed,
                    )
                    completion = Completion(work, None, error, cause, started, ended)
        if completion.error is None:
            self.tags.pop()
            scratch.discard(parcel)
        elif found is not None and ran_out(state, completion, site.engine.is_podman):
            note_memory(completion.error, options)
            completion = completion._replace(cause="memory")
        return completion._replace(outputs=_merged(completion.outputs, logs))

    def _made(self, site: Site, arguments: Mapping[str, Any]) -> Container:
        container = site.container(arguments, self.work.task.fullname)
        with self._lock:
            self._container = container
            ended = self._ended
        if ended:
            container.remove()
            raise self._cancelled()
        return container

    def _run(self, site: Site, container: Container, options: ContainerOptions) -> State:
        try:
            if options.interactive:
                from redun_executor_docker.terminal import Terminal

                # There is one terminal; the next who wants it waits.
                with _terminal, Terminal(site.engine, container.id) as terminal:
                    self._start(container)
                    terminal.relay()
                    state = container.wait()
            else:
                self._start(container)
                state = container.wait()
        except ExecutorError:
            if self._ended:
                raise self._cancelled() from None
            raise
        if self._ended:
            raise self._cancelled()
        return state

    def _start(self, container: Container) -> None:
        container.start()
        self.work.began()

    def _logs(self, container: Container) -> dict[int, Kept]:
        # An engine may be set up to keep none.
        with suppress(ExecutorError):
            return container.logs()
        return {}

    def _cancelled(self) -> JobCancelledError:
        return JobCancelledError(
            f"The container of task {self.work.task.fullname} was ended before its time."
        )


def _merged(outputs: Sequence[Output], logs: Mapping[int, Kept]) -> list[Output]:
    """Return what the task printed; the container saw more of it where the task started other programs."""
    found = {output.stream: output for output in outputs}
    for stream, kept in logs.items():
        of_container = kept.output(stream)
        captured = found.get(stream)
        length = 0 if captured is None else len(captured.text) + captured.dropped
        if len(of_container.text) + of_container.dropped > length:
            found[stream] = of_container
    return [found[stream] for stream in sorted(found)]
