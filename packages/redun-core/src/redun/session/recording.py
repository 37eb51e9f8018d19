"""Whether, where and under which id an execution is recorded.

Floor: composition.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redun.config import database_uri
from redun.config.database import names_database
from redun.errors import SchedulerError
from redun.expression.base import TaskExpression
from redun.session.signing import signing_options
from redun.task.options import Policy

if TYPE_CHECKING:
    from redun.config import Config
    from redun.host.host import Host
    from redun.recorder.interface import Recorder

__all__ = ["IN_MEMORY", "execution_identity", "is_recorded", "open_recorder", "unrecorded"]

IN_MEMORY = {"backend": {"db_uri": "sqlite:///:memory:"}}
"""The configuration of a record that ends with its scheduler."""

_OF_VALUES = {"value_store_path", "value_store_min_size"}


def open_recorder(host: Host, config: Config, *, migrate: bool | None) -> Recorder:
    """Open the record that a configuration names; one in memory if it names neither a database nor a folder.

    Parameters
    ----------
    host : Host
    config : Config
    migrate : bool or None
        Whether to bring an older schema to the present one. None: as `[backend] automigrate` says; else as that kind
        of record has it, SQLite yes, a server that others share no.

    Raises
    ------
    RecorderError
        It cannot be opened.
    """
    nowhere = config.configdir is None and not names_database(config)
    uri = IN_MEMORY["backend"]["db_uri"] if nowhere else database_uri(config)
    scheme, mark, place = uri.partition("://")
    if not mark:
        raise config.error(
            "backend", "db_uri", f"{uri!r} is no URL of a database, such as sqlite:///redun.db"
        )
    section = config.section("backend")
    if migrate is None:
        migrate = section.get_bool("automigrate")
    kind = host.recorder(scheme.partition("+")[0])
    # Three slashes before a path; a database of a service is named by its whole URL.
    path = place[1:] if place.startswith("/") else uri
    # Recorders of plugins need not know the options.
    options = {
        **signing_options(config, getattr(kind, "configured", kind), scheme),
        **_options_of_values(host, config, path if scheme.startswith("sqlite") else ""),
    }
    if hasattr(kind, "configured"):
        return kind.configured(uri, section, migrate=migrate, **options)  # type: ignore[no-any-return]
    if migrate is False:
        options["migrate"] = False
    return kind(path or ":memory:", **options)  # type: ignore[no-any-return]


def _options_of_values(host: Host, config: Config, path: str) -> dict[str, Any]:
    """Return what a recorder is told of large values, if the configuration says anything of them."""
    if not config.section("backend").keys() & _OF_VALUES:
        return {}
    from redun.host.values import configured_values

    values = configured_values(host, config, None if path in ("", ":memory:") else Path(path))
    return {} if values is None else {"values": values}


def execution_identity(execution_id: str | None) -> bytes:
    """Return the 16 bytes of an execution's id, random ones for None.

    Raises
    ------
    SchedulerError
        The text is no id.
    """
    if execution_id is None:
        return uuid.uuid4().bytes
    try:
        return uuid.UUID(execution_id).bytes
    except (ValueError, AttributeError, TypeError):
        raise SchedulerError(
            f"An execution_id is 32 hex digits, with or without dashes, not {execution_id!r}."
        ) from None


def is_recorded(call: TaskExpression) -> bool:
    """Return whether a root call is to be recorded, and its execution."""
    return Policy.resolve(call._redun_task.get_task_options(), None, call._redun_options).recorded


def unrecorded(call: TaskExpression) -> TaskExpression:
    """Return a call with `prov=False`."""
    options = {**(call._redun_options or {}), "prov": False}
    return TaskExpression(call._redun_task, call._redun_args, call._redun_kwargs, options)
