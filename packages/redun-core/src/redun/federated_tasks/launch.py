"""The side of a service: run an entry point of this project in a process of its own.

Floor: composition.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from threading import Thread
from typing import Any

from redun.config import load_config
from redun.errors import ArgumentError
from redun.federated_tasks.entrypoints import find_entrypoint
from redun.federated_tasks.inputs import pack

__all__ = ["launch_federated_task"]


def launch_federated_task(
    federated_config_path: str,
    entrypoint: str,
    task_args: Sequence[Any] | None = None,
    task_kwargs: Mapping[str, Any] | None = None,
    input_path: str | None = None,
    execution_id: str | None = None,
    cache: bool = True,
) -> str:
    """Begin to run an entry point, in a process that goes on when this one ends.

    Parameters
    ----------
    federated_config_path : str
        The folder whose `redun.ini` publishes it.
    entrypoint : str
    task_args, task_kwargs : optional
        Its arguments.
    input_path : str, optional
        A file with its arguments, as `rest_federated_task` writes it, instead of the two above.
    execution_id : str, optional
        The id that the execution is to have; by default random.
    cache : bool
        Results of earlier executions may be used.

    Returns
    -------
    str
        The id of the execution, by which it is found in the record of that configuration.

    Raises
    ------
    ConfigError
        There is no such entry point.
    ArgumentError
        Arguments are given in both ways.

    Examples
    --------
    >>> import tempfile
    >>> from redun.federated_tasks import launch_federated_task
    >>> launch_federated_task(tempfile.mkdtemp(), "align")
    Traceback (most recent call last):
        ...
    redun.errors.ConfigError: No federated task is named 'align' in ...
    """
    if input_path is not None and (task_args is not None or task_kwargs is not None):
        raise ArgumentError("launch_federated_task() takes input_path, or task_args and task_kwargs.")
    find_entrypoint(load_config(federated_config_path), entrypoint)
    identity = execution_id or uuid.uuid4().hex
    command = [
        sys.executable,
        "-m",
        "redun.federated_tasks",
        str(federated_config_path),
        entrypoint,
        identity,
    ]
    command += [input_path or "-", "cache" if cache else "no-cache"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin as stdin:
        if input_path is None:
            stdin.write(pack(tuple(task_args or ()), dict(task_kwargs or {})))
    # A process that nobody waits for would remain listed after its end.
    Thread(target=process.wait, daemon=True).start()
    return identity
