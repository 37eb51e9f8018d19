"""The URL of a database service: what section `[backend]` says of reaching it goes along as options of the URL.

Floor: ground. So one text names a database wherever it is opened, in commands and in other processes; it holds names of
environment variables, files and secrets, but no secret itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from redun.config.address import shown
from redun.config.section import Section

__all__ = ["service_url"]

_PREFIX = "db_"
_URI = "db_uri"
# Options of PostgreSQL's client library that name files.
_FILES = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile"})
# Values of such options that are no file.
_WORDS = frozenset({"system"})


def service_url(url: str, section: Section, folder: Path) -> str:
    """Return a URL with the options `db_…` of a section; paths in it made absolute.

    An option that the URL has already is left alone.

    Parameters
    ----------
    url : str
        As written in the option `db_uri`.
    section : Section
        Usually `[backend]`.
    folder : Path
        What relative paths refer to.

    Raises
    ------
    ConfigError
        The URL holds a password.

    Examples
    --------
    >>> from redun.config import Config
    >>> section = Config({"backend": {"db_username_env": "TEAM_USER"}}).section("backend")
    >>> service_url("postgresql://db.example.org/redun?sslrootcert=ca.pem", section, Path("/project"))
    'postgresql://db.example.org/redun?sslrootcert=/project/ca.pem&db_username_env=TEAM_USER'
    """
    if shown(url) != url:
        raise section.error(
            _URI,
            f"{shown(url)} holds a password, which everyone who may read this file or the list of processes would see: "
            "take it out, and put it into the environment variable REDUN_DB_PASSWORD (`db_password_env` names another "
            "one), the file ~/.pgpass, a service file, or a secret of AWS (`db_aws_secret_name`)",
        )
    place, _, query = url.partition("?")
    options = dict(_options(query))
    for name in _FILES & options.keys():
        if options[name] and options[name] not in _WORDS:
            options[name] = str(folder / Path(options[name]).expanduser())
    for name in section:
        if name.startswith(_PREFIX) and name != _URI:
            options.setdefault(name, section.get_str(name, ""))
    return place + "".join(
        f"{'&' if number else '?'}{name}={quote(value, safe='/:@,')}"
        for number, (name, value) in enumerate(options.items())
    )


def _options(query: str) -> Iterator[tuple[str, str]]:
    for option in filter(None, query.split("&")):
        name, _, value = option.partition("=")
        # A plus sign stands for itself, as PostgreSQL's client library has it.
        yield unquote(name), unquote(value)
