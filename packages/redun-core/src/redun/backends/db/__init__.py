"""The classes of `redun.query.orm` under the names that queries for redun 0.44 import, and a backend to look through.

Floor: library.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from redun.config import Config, database_uri
from redun.query.models import (
    Argument,
    Base,
    CallEdge,
    CallNode,
    Evaluation,
    Execution,
    File,
    Handle,
    HandleEdge,
    Job,
    Subvalue,
    Tag,
    Task,
    Value,
)
from redun.query.models import Flow as ArgumentResult
from redun.query.models import TaskSet as CallSubtreeTask
from redun.query.orm import ReadOnlySession, open_session

__all__ = [
    "Argument",
    "ArgumentResult",
    "Base",
    "CallEdge",
    "CallNode",
    "CallSubtreeTask",
    "Evaluation",
    "Execution",
    "File",
    "Handle",
    "HandleEdge",
    "Job",
    "RedunBackendDb",
    "Subvalue",
    "Tag",
    "Task",
    "Value",
]


class RedunBackendDb:
    """A record to look at through `session`; what runs workflows is `redun.Scheduler`.

    Parameters
    ----------
    db_uri : str or Path, optional
        An URL such as `sqlite:///redun.db`, a file or a folder; without it, what `config` says, or else the record of
        the project.
    config : dict or section, optional
        What section `[backend]` of `redun.ini` holds.
    """

    def __init__(self, db_uri: str | Path | None = None, config: Any = None, **_: Any) -> None:
        if db_uri is None and config is not None and config.get("db_uri"):
            db_uri = database_uri(Config({"backend": {"db_uri": config["db_uri"]}}))
        self.db_uri = db_uri

    def load(self, migrate: bool | None = None) -> None:
        """Open the record; it says then if it cannot be read."""
        self.session  # noqa: B018

    @cached_property
    def session(self) -> ReadOnlySession:
        """A session for looking."""
        return open_session(self.db_uri)
