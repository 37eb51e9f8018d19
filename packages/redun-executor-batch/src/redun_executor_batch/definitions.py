"""Job definitions on AWS Batch: one that exists and is as good, or a new one; looked for once per process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from redun.errors import ConfigError, ExecutorError

from redun_executor_batch.denials import asking, is_denied
from redun_executor_batch.job_definition import desired, equivalent

if TYPE_CHECKING:
    from redun_executor_batch.clients import Clients
    from redun_executor_batch.job_definition import DefinitionOptions

__all__ = ["ensure", "forget"]

_lock = Lock()
_known: WeakKeyDictionary[Clients, dict[str, str]] = WeakKeyDictionary()


def ensure(clients: Clients, options: DefinitionOptions, image: str) -> str:
    """Return the job definition by which a call is to be submitted; safe from any thread.

    Parameters
    ----------
    clients : Clients
    options : DefinitionOptions
    image : str
        The container image.

    Returns
    -------
    str
        The ARN of a revision, or what `job_def_name` names if whoever asks may not look at definitions.

    Raises
    ------
    ConfigError
        `job_def_name` is missing or cannot be made, or `job_def_extra` names what no definition has.
    ExecutorError
        There is no such definition, or AWS refuses.
    """
    if not options.autocreate_job_def:
        wanted = None
        key = f"{_required_name(options)} {options.num_nodes is not None}"
    else:
        wanted = desired(clients, options, image)
        if ":" in wanted["jobDefinitionName"]:
            raise ConfigError(
                f"job_def_name {options.job_def_name!r} is one revision, and redun would make another one: set "
                "autocreate_job_def = false to use it as it is, or leave out what follows the colon."
            )
        key = json.dumps(wanted, sort_keys=True)
    # Under the lock, that calls which ask at the same time do not register one definition each.
    with _lock:
        known = _known.setdefault(clients, {})
        if key not in known:
            known[key] = _existing(clients, options) if wanted is None else _found_or_made(clients, wanted)
        return known[key]


def forget(clients: Clients, definition: str) -> None:
    """Take it that a definition is no more, for AWS did not take it: `ensure` will look again."""
    with _lock:
        known = _known.setdefault(clients, {})
        for key in [key for key, value in known.items() if value == definition]:
            del known[key]


def _found_or_made(clients: Clients, wanted: dict[str, Any]) -> str:
    name = wanted["jobDefinitionName"]
    batch = clients.get("batch")
    with asking(f"looking for the job definition {name!r}"):
        for definition in _active(batch, jobDefinitionName=name, status="ACTIVE"):
            if equivalent(definition, wanted):
                return str(definition["jobDefinitionArn"])
    with asking(f"registering the job definition {name!r}"):
        return str(batch.register_job_definition(**wanted)["jobDefinitionArn"])


def _required_name(options: DefinitionOptions) -> str:
    if not options.job_def_name:
        raise ConfigError(
            "job_def_name is missing: with autocreate_job_def = false it names the job definition to use."
        )
    return options.job_def_name


def _existing(clients: Clients, options: DefinitionOptions) -> str:
    name = _required_name(options)
    exact = ":" in name
    # AWS takes no status together with exact revisions.
    criteria: dict[str, Any] = (
        {"jobDefinitions": [name]} if exact else {"jobDefinitionName": name, "status": "ACTIVE"}
    )
    with asking(f"looking for the job definition {name!r}"):
        try:
            newest = next(_active(clients.get("batch"), **criteria), None)
        except Exception as error:
            if is_denied(error):
                # Whoever may only submit finds out then whether it exists.
                return name
            raise
    if newest is None:
        raise ExecutorError(
            f"AWS Batch has no active job definition {name!r} in {clients.region}. Register it, correct job_def_name, "
            "or let redun make one: autocreate_job_def = true."
        )
    multinode = options.num_nodes is not None
    if multinode != (newest["type"] == "multinode"):
        raise ExecutorError(
            f"The job definition {name!r} is of type {newest['type']}: "
            + ("num_nodes needs one of type multinode." if multinode else "it needs the option num_nodes.")
        )
    return str(newest["jobDefinitionArn"])


def _active(batch: Any, **criteria: Any) -> Iterator[dict[str, Any]]:
    """Yield the active revisions, the newest first."""
    pages = batch.get_paginator("describe_job_definitions").paginate(**criteria)
    found = [each for page in pages for each in page["jobDefinitions"] if each.get("status") == "ACTIVE"]
    yield from sorted(found, key=lambda each: -int(each["revision"]))
