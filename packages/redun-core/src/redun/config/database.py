"""Where the record is: the database named in section `[backend]`.

Floor: ground.
"""

from __future__ import annotations

from pathlib import Path

from redun.config.tree import Config

__all__ = ["database_location", "database_path", "database_uri", "names_database"]

_DEFAULT_URI = "sqlite:///redun.db"
# Written by old versions into the configuration inside `.redun`; it never meant `.redun/.redun`.
_OLD_DEFAULT_URI = "sqlite:///.redun/redun.db"
_SQLITE = "sqlite:///"
_POSTGRESQL = "postgresql://"
# Names a secret of AWS that says where the database is, too.
_AWS_SECRET = "db_aws_secret_name"


def names_database(config: Config) -> bool:
    """Return whether a configuration says where the database is."""
    section = config.section("backend")
    return section.get_str("db_uri") is not None or section.get_str(_AWS_SECRET) is not None


def database_uri(config: Config) -> str:
    """Return the address of the database, that of an SQLite file with its absolute path.

    A relative path refers to the configuration's folder, or to the current one when it has none. The URL of a
    service carries the other options of the section that say how to reach it (`redun.config.service`).

    Raises
    ------
    ConfigError
        The URL holds a password.

    Examples
    --------
    >>> from redun.config import Config
    >>> database_uri(Config({"backend": {"db_uri": "sqlite:///runs.db"}}, configdir="/project/.redun"))
    'sqlite:////project/.redun/runs.db'
    """
    section = config.section("backend")
    uri = section.get_str("db_uri", _DEFAULT_URI)
    if uri == _OLD_DEFAULT_URI:
        uri = _DEFAULT_URI
    folder = Path.cwd() if config.configdir is None else config.configdir.absolute()
    if section.get_str(_AWS_SECRET) and uri.startswith("sqlite:"):
        uri = _POSTGRESQL
    if "://" in uri and not uri.startswith("sqlite:"):
        from redun.config.service import service_url

        return service_url(uri, section, folder)
    if not uri.startswith(_SQLITE):
        return uri
    path, question, query = uri[len(_SQLITE) :].partition("?")
    if path in ("", ":memory:") or path.startswith("file:"):
        return uri
    return f"{_SQLITE}{folder / Path(path).expanduser()}{question}{query}"


def database_location(config: Config) -> Path | str:
    """Return where the record is: the file of an SQLite database, or the URL of another kind.

    Raises
    ------
    ConfigError
        It is an SQLite database in memory.

    Examples
    --------
    >>> from redun.config import Config
    >>> str(database_location(Config(configdir="/project/.redun")))
    '/project/.redun/redun.db'
    >>> database_location(Config({"backend": {"db_uri": "postgresql://db.example.org/redun"}}))
    'postgresql://db.example.org/redun'
    """
    uri = database_uri(config)
    return uri if "://" in uri and not uri.startswith("sqlite:") else database_path(config)


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
        elsewhere = "; such a record is brought to a file, or from one, by `redun db copy`"
        shared = "" if uri.startswith("sqlite:") else elsewhere
        raise config.section("backend").error(
            "db_uri", f"{uri!r} is no SQLite file (sqlite:///path), as is needed here{shared}"
        )
    return Path(path)
