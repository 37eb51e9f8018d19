"""Connect for a piece of work that is not a run: no retries, and errors that say what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
from redun.errors import RecorderError

from redun_backend_postgres.destination import Destination
from redun_backend_postgres.failures import translate
from redun_backend_postgres.refusals import refusal

__all__ = ["connect", "connected"]

# Who waits before the screen wants to know soon that a host is unreachable.
_TIMEOUT_S = "15"


def connect(destination: Destination, **more: Any) -> psycopg.Connection:
    """Return a connection of the driver.

    Parameters
    ----------
    destination : Destination
    **more
        Further arguments of `psycopg.connect`; what the URL says wins.

    Raises
    ------
    RecorderError
        The server cannot be reached, or refuses.
    """
    keywords: dict[str, Any] = {"connect_timeout": _TIMEOUT_S, **more, **destination.keywords()}
    try:
        return psycopg.connect(**keywords)
    except psycopg.Error as error:
        raise refusal(error, destination) or RecorderError(
            f"cannot reach {destination.url} ({str(error).strip()}): {_advice(str(error))}"
        ) from error


def _advice(reason: str) -> str:
    if "read-only" in reason:
        return "the server is a standby, or was made read-only; name one that can be written in `db_uri`"
    return "check that the server runs, and that host and port in `db_uri` are right"


@contextlib.contextmanager
def connected(destination: Destination, **more: Any) -> Iterator[psycopg.Connection]:
    """Lend a connection; what fails inside is told in our words.

    Raises
    ------
    RecorderError
        The server cannot be reached, refuses, or answers with an error.
    """
    with contextlib.closing(connect(destination, **more)) as connection:
        try:
            yield connection
        except psycopg.Error as error:
            raise translate(error, destination.url) from error
