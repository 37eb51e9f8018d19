"""Whether anybody answers where a standalone cluster's master should be; Spark itself takes minutes to find out."""

from __future__ import annotations

import socket

from redun.errors import ExecutorError

__all__ = ["check_master"]

_SCHEME = "spark://"
_PATIENCE_S = 10.0


def check_master(master: str) -> None:
    """Make sure that one of a standalone cluster's masters can be reached; of other masters nothing is asked.

    Parameters
    ----------
    master : str
        As Spark has it: ``spark://HOST:PORT``, with further ``HOST:PORT`` after commas.

    Raises
    ------
    ExecutorError
        None can be.

    Examples
    --------
    >>> check_master("local[2]")
    >>> check_master("spark://127.0.0.1:1")
    Traceback (most recent call last):
        ...
    redun.errors.ExecutorError: No Spark master answers at spark://127.0.0.1:1 (Connection refused). Is it running, ...
    """
    if not master.startswith(_SCHEME):
        return
    why = ""
    for address in master.removeprefix(_SCHEME).split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or not port.isdecimal():
            # Spark's own message says what is wrong with it.
            return
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()
        except (OSError, OverflowError) as error:
            why = why or getattr(error, "strerror", None) or str(error)
        else:
            return
    raise ExecutorError(
        f"No Spark master answers at {master} ({why}). Is it running, and are its name and port right? The first page "
        "of its web interface, often at port 8080, shows its URL."
    )
