"""Where the record is that somebody means.

Floor: library.
"""

from __future__ import annotations

from pathlib import Path

from redun.config import Config, find_config_dir, load_config

__all__ = ["record_location"]


def record_location(location: str | Path | Config | None = None) -> str | Path | Config:
    """Return the database that is meant, as a path, a URL or a configuration that names one.

    Parameters
    ----------
    location : str, Path or Config, optional
        A database file, its URL, or a folder: that of a configuration, or of a project that has one in `.redun`.
        Without it, the record of the project in whose folder we are, as for the command `redun`.

    Examples
    --------
    >>> record_location("sqlite:////data/redun.db")
    'sqlite:////data/redun.db'
    """
    if location is None:
        return load_config(find_config_dir())
    if isinstance(location, Config) or "://" in str(location):
        return location
    path = Path(location).expanduser()
    if not path.is_dir():
        return path
    inside = path / ".redun"
    return load_config(inside if inside.is_dir() else path)
