"""Say why a server takes no connection, where that is for good, and what to do.

The client library tells it in words alone. Those of a server in another language are not understood here; such a
refusal counts as a passing one, and is shown as it is when patience ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
from redun.errors import RecorderError

from redun_backend_postgres.destination import Destination

__all__ = ["refusal"]

# What comes before the word of the server or of the library; the server's host is in the URL.
_PREFIX = re.compile(r"^.*?(?:connection to server (?:at|on) .*? failed|connection is bad): (?:FATAL:\s+)?")


def refusal(error: psycopg.Error, destination: Destination) -> RecorderError | None:
    """Return the error to raise if trying again is of no use; None if the server may take a connection later.

    Parameters
    ----------
    error : psycopg.Error
        As `psycopg.connect` raised it.
    destination : Destination
    """
    # One line for each host that was tried, at least.
    for line in str(error).splitlines():
        reason = _PREFIX.sub("", line).strip()
        for pattern, advice in _REFUSALS:
            if re.search(pattern, reason):
                return RecorderError(f"cannot connect to {destination.url} ({reason}): {advice(destination)}")
    return None


def _credentials(destination: Destination) -> str:
    if "db_aws_secret_name" in destination.options:
        return "check user and password in the AWS secret that `db_aws_secret_name` names"
    return (
        f"put user and password into the environment variables {destination.username_env} and "
        f"{destination.password_env}, or into ~/.pgpass (which only its owner may read), or name a service (?service=…)"
    )


def _always(advice: str) -> Callable[[Destination], str]:
    return lambda destination: advice


_REFUSALS: tuple[tuple[str, Callable[[Destination], str]], ...] = (
    (r"no password supplied|password authentication failed|authentication failed for user", _credentials),
    (r'role "[^"]*" does not exist|is not permitted to log in', _credentials),
    (
        r'database "[^"]*" does not exist',
        _always("make it (`createdb`, or CREATE DATABASE), then `redun db upgrade` makes the tables"),
    ),
    (
        r"permission denied for database",
        _always("its owner lets you in: GRANT CONNECT ON DATABASE … TO …"),
    ),
    (
        r"no pg_hba.conf entry|pg_hba.conf rejects",
        _always(
            "the server lets nobody in from here in this way: ask whoever looks after it, or try ?sslmode=require"
        ),
    ),
    (
        r"certificate verify failed|root certificate file|does not match host name|"
        r"could not (?:read|load|get) .*root certificate",
        _always(
            "`sslrootcert` names the certificate of the authority that signed the server's, and the host of the URL is "
            "the one in the server's certificate"
        ),
    ),
    (
        r"certificate file|private key file|private key does not match|requires a valid client certificate|"
        r"SSL error: .*\balert\b",
        _always(
            "`sslcert` and `sslkey` name your certificate and its key, which only you may read (chmod 600)"
        ),
    ),
    (
        r"does not support SSL",
        _always("the server has no TLS: leave out `sslmode`, or have TLS set up there"),
    ),
    (
        r"definition of service",
        _always("write it into ~/.pg_service.conf, or let PGSERVICEFILE name the file"),
    ),
    (
        r"invalid \w+ value|invalid integer value|invalid port|"
        r"unrecognized configuration parameter|invalid value for parameter|outside the valid range for parameter|"
        r'parameter "[^"]*" requires|requires a value|invalid command-line argument',
        _always("correct the option in `db_uri`"),
    ),
)
