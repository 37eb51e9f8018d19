"""Open a SQLite record for changes in short transactions, beside whatever else writes to it.

Floor: recorder.
"""

from __future__ import annotations

from pathlib import Path

from redun.recorder.database import open_database
from redun.recorder.reader_database import database_path
from redun.recorder.transaction import Session

__all__ = ["open_for_changes"]


def open_for_changes(location: str | Path) -> Session:
    """Return a session; whoever asked for it closes its connection.

    Parameters
    ----------
    location : str or Path
        Path or `sqlite:///` URL.

    Raises
    ------
    RecorderError
        It cannot be opened, or another version wrote it.
    """
    path = database_path(location)
    return Session(open_database(path), path)
