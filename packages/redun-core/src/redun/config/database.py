"""Where the record is: the database named in section `[backend]`.

Floor: ground.
"""

from __future__ import annotations

from pathlib import Path

from redun.config.tree import Config

__all__ = ["database_path", "database_uri"]

_DEFAULT_URI = "sqlite:///redun.db"
# Written by old versions into the configuration inside `.redun`; it never meant `.redun/.redun`.
_OLD_DEFAULT_URI = "sqlite:///.redun/redun.db"
_SQLITE = "sqlite:///"


def database_uri(config: Config) -> str:
    """Return the address of the database, that of an SQLite file with its absolute path.

    A relative path refers to the configuration's folder, or to the current one when it has none.

    Examples
    --------
    >>> from redun.config import Config
    >>> database_uri(Config({"backend": {"db_uri": "sqlite:///runs.db"}}, configdir="/project/.redun"))
    'sqlite:////project/.redun/runs.db'
    """
    uri = config.section("backend").get_str("db_uri", _DEFAULT_URI)
    if uri == _OLD_DEFAULT_URI:
        uri = _DEFAULT_URI
    if not uri.startswith(_SQLITE):
        return uri
    path, question, query = uri[len(_SQLITE) :].partition("?")
    if path in ("", ":memory:") or path.startswith("file:"):
        return uri
    folder = Path.cwd() if config.configdir is None else config.configdir.absolute()
    return f"{_SQLITE}{folder / Path(path).expanduser()}{question}{query}"


def database_path(config: Config) -> Path:
    """Return the file of the SQLite database.

    Raises
    ------
    ConfigError
        The database is not an SQLite file.

    Examples
    --------
    >>> from redun.config import Config
    >>> str(database_path(Config(configdir="/project/.redun")))
    '/project/.redun/redun.db'
    """
    uri = database_uri(config)
    path = uri[len(_SQLITE) :].partition("?")[0]
    if not uri.startswith(_SQLITE) or path in ("", ":memory:") or path.startswith("file:"):
        raise config.section("backend").error("db_uri", f"{uri!r} is no SQLite file (sqlite:///path)")
    return Path(path)
