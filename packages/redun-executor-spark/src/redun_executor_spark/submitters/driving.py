"""What the main program of a submitted application does: run its call, with Spark's session around the body.

A worker (`redun.worker`) runs it, so that a body that crashes is told of, and all that it prints is kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from redun.executors.base import Completion
from redun.executors.perform import perform
from redun.worker.command import main as work_off

from redun_executor_spark.current import running_in
from redun_executor_spark.driver.results import settled
from redun_executor_spark.fate import fate_of
from redun_executor_spark.launching import launch
from redun_executor_spark.options import Application, SparkOptions
from redun_executor_spark.shipping import send_project_by_value

if TYPE_CHECKING:
    from redun.executors.base import Work

    from redun_executor_spark.running import Running

__all__ = ["main", "program_arguments"]


def program_arguments(options: SparkOptions, worker: Sequence[str]) -> list[str]:
    """Return what the main program is to be given.

    Parameters
    ----------
    options : SparkOptions
        Those of datasets go along; Spark itself knows the others.
    worker : sequence of str
        Arguments of `python -m redun.worker`.
    """
    return [
        json.dumps({"dataset_path": options.dataset_path, "dataset_format": options.dataset_format}),
        *worker,
    ]


def main(arguments: Sequence[str]) -> int:
    """Run the call and return the exit code, as a worker does."""
    options, *worker = arguments
    return work_off(worker, partial(_drive, SparkOptions(**json.loads(options))))


def _drive(options: SparkOptions, work: Work) -> Completion:
    try:
        # By the options of the command line.
        running = launch(Application(), None)
    except Exception as error:
        return _told(Completion(work, None, error, "error"))
    try:
        return _told(_performed(options, work, running))
    finally:
        # Only this ends its event log; the JVM may be gone.
        with suppress(Exception):
            running.spark.stop()


def _performed(options: SparkOptions, work: Work, running: Running) -> Completion:
    def settle(value: Any) -> Any:
        return settled(value, options, work)

    tags = [*running.describe().items()]
    # The code was unpacked here, and not on Spark's workers.
    send_project_by_value()
    with running_in(running, running.session()):
        completion = perform(work, settle=settle)
    return completion._replace(tags=[*completion.tags, *tags])


def _told(completion: Completion) -> Completion:
    if completion.error is None:
        return completion
    fate = fate_of(completion.error, task=completion.work.task.fullname)
    return completion._replace(error=fate.error, cause=fate.cause)
