"""Where the record is that somebody means.

Floor: library.
"""

from __future__ import annotations

from pathlib import Path

from redun.config import database_path, find_config_dir, load_config

__all__ = ["record_path"]


def record_path(location: str | Path | None = None) -> str | Path:
    """Return the database that is meant, as a path or an URL.

    Parameters
    ----------
    location : str or Path, optional
        A database file, its URL, or a folder: that of a configuration, or of a project that has one in `.redun`.
        Without it, the record of the project in whose folder we are, as for the command `redun`.

    Examples
    --------
    >>> record_path("sqlite:////data/redun.db")
    'sqlite:////data/redun.db'
    """
    if location is None:
        return database_path(load_config(find_config_dir()))
    if "://" in str(location):
        return location
    path = Path(location).expanduser()
    if not path.is_dir():
        return path
    inside = path / ".redun"
    return database_path(load_config(inside if inside.is_dir() else path))
