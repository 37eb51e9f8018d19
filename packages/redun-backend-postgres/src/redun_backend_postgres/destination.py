"""Where a record in PostgreSQL is, and how one connects to it.

A URL names the server and what is to be known of it, never a password: that comes from the environment, from a secret
of AWS, or from where PostgreSQL's own client library looks (`.pgpass`, a service file), anew with each connection, so
that a password may change while a run goes on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import unquote

import attrs
import psycopg
from psycopg.conninfo import conninfo_to_dict
from redun.config.address import shown
from redun.errors import ConfigError

__all__ = ["Destination"]

_USERNAME_ENV = "REDUN_DB_USERNAME"
_PASSWORD_ENV = "REDUN_DB_PASSWORD"


@attrs.frozen
class Destination:
    """A database, as a URL names it.

    Attributes
    ----------
    url : str
        For PostgreSQL's client library and for messages: without the options that only redun reads.
    options : dict of str to str
        What redun reads, the options `db_…` of section `[backend]`.

    Examples
    --------
    >>> found = Destination.of("postgresql://db.example.org/redun?sslmode=verify-full&db_retries=7")
    >>> found.url, found.options
    ('postgresql://db.example.org/redun?sslmode=verify-full', {'db_retries': '7'})
    >>> found.keywords({"REDUN_DB_USERNAME": "anna"})["user"]
    'anna'
    """

    url: str
    options: dict[str, str]

    @classmethod
    def of(cls, url: str) -> Destination:
        """Take a URL apart.

        Raises
        ------
        ConfigError
            It holds a password, or PostgreSQL's client library cannot read it.
        """
        if shown(url) != url:
            raise ConfigError(
                f"{shown(url)} holds a password, which everyone would see in the list of processes: take it out, and "
                f"put it into the environment variable {_PASSWORD_ENV}, the file ~/.pgpass, or a service file"
            )
        scheme, _, rest = url.partition("://")
        place, _, query = rest.partition("?")
        options: dict[str, str] = {}
        others = []
        for option in filter(None, query.split("&")):
            name, _, value = option.partition("=")
            if name.startswith("db_"):
                options[name] = unquote(value)
            else:
                others.append(option)
        # SQLAlchemy names a driver behind the scheme; there is one here.
        plain = f"{scheme.partition('+')[0]}://{place}" + (f"?{'&'.join(others)}" if others else "")
        try:
            conninfo_to_dict(plain)
        except psycopg.Error as error:
            raise ConfigError(
                f"{plain} is no URL of a PostgreSQL database ({str(error).strip()}): write it like "
                "postgresql://host:5432/database?sslmode=verify-full"
            ) from None
        return cls(plain, options)

    def keywords(self, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Return what `psycopg.connect` takes, with whatever credentials there are now.

        Do not show or log it. It may ask AWS.

        Raises
        ------
        ConfigError, RecorderError
            The secret of AWS cannot be had, or is none of a database.
        """
        found = {name: str(value) for name, value in conninfo_to_dict(self.url).items()}
        secret = self.options.get("db_aws_secret_name")
        if secret:
            from redun_backend_postgres.aws_secret import read_secret

            found.update(read_secret(secret, environ))
        else:
            for key, variable in (("user", self.username_env), ("password", self.password_env)):
                if environ.get(variable):
                    found[key] = environ[variable]
        # Told apart in the server's list of connections, unless PGAPPNAME or a service file name it otherwise.
        return {"fallback_application_name": "redun", **found}

    @property
    def username_env(self) -> str:
        """The environment variable that may hold the user's name."""
        return self.options.get("db_username_env") or _USERNAME_ENV

    @property
    def password_env(self) -> str:
        """The environment variable that may hold the password."""
        return self.options.get("db_password_env") or _PASSWORD_ENV
