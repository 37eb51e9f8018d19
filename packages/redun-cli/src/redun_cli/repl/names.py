"""The names that are defined in `redun repl`, and the banner that says so.

Floor: command line.
"""

from __future__ import annotations

from typing import Any

from redun import __version__
from redun.query import models
from redun.query.orm import ReadOnlySession
from redun.query.record import Record
from sqlalchemy import func, select

from redun_cli.log.writing import visible

__all__ = ["banner", "names_of"]

_CLASSES = [name for name in models.__all__ if name != "Base"]


def names_of(record: Record, session: ReadOnlySession, text: str | None) -> dict[str, Any]:
    """Return what is defined: the record, what `text` names in it, and the classes over its tables.

    Raises
    ------
    RecordNotFoundError, AmbiguousIdError
        The text names nothing, or several things.
    """

    def query(what: Any, *more: Any) -> Any:
        """Return what an id names, or SQLAlchemy's query for a class such as Job."""
        return record.find(what) if isinstance(what, str) else session.query(what, *more)

    last = record.executions().first()
    return {
        "__name__": "__console__",
        "__doc__": None,
        **{name: getattr(models, name) for name in _CLASSES},
        "executions": record.executions(),
        "func": func,
        "last": last,
        "last_exec": last,
        "obj": None if text is None else record.find(text),
        "query": query,
        "record": record,
        "select": select,
        "session": session,
    }


def banner(names: dict[str, Any]) -> str:
    """Return three lines: what record it is, what is defined, how to go on."""
    obj = "" if names["obj"] is None else f" · obj = {names['obj']!r}"
    last = "nothing was run yet" if names["last"] is None else f"last: {names['last']!r}"
    return "\n".join(
        [
            visible(f"redun {__version__} · {names['record'].path} · {last}{obj}"),
            "record, executions, last, obj, query(id or class) · session, select, func · Execution, Job, Value …",
            "For example: last.jobs(status='FAILED'), record.upstream('out.txt'); help(record) says more. "
            "Only record.load(value) runs what is stored.",
        ]
    )
