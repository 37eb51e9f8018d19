"""Connect to a database for a run: its connections are watched, and set up for short questions of many keys."""

from __future__ import annotations

from typing import Any

import psycopg

from redun_backend_postgres.connection import Connection
from redun_backend_postgres.destination import Destination
from redun_backend_postgres.failures import translate
from redun_backend_postgres.refusals import refusal
from redun_backend_postgres.watching import WatchedConnection

__all__ = ["BY_INDEX", "NETWORK", "open_connection"]

# A peer that is gone without a word is noticed after about half a minute.
NETWORK = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
BY_INDEX = {"enable_seqscan": "off", "jit": "off"}
"""Every question has its index; a table that grows fast must not be taken for as small as the server last saw it."""

# Plans do not depend on how many keys are asked for, and are not made anew for each question. A transaction that this
# process began and cannot end, for the network is gone, must not hold others up until they count as dead.
_SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "idle_in_transaction_session_timeout": "30s",
    **BY_INDEX,
}


def open_connection(destination: Destination, *, read_only: bool = False) -> Connection:
    """Return a new connection.

    Parameters
    ----------
    destination : Destination
    read_only : bool
        Nothing can be changed through it. Of several hosts, the one that others follow is chosen; otherwise, the one
        that can be written.

    Raises
    ------
    PassingError
        The server may take one later.
    RecorderError
        It will not, until something is changed.
    """
    settings = {**_SETTINGS, "default_transaction_read_only": "on"} if read_only else _SETTINGS
    try:
        raw = WatchedConnection.connect(
            **_keywords(destination, read_only), autocommit=True, prepare_threshold=0
        )
    except psycopg.Error as error:
        raise (refusal(error, destination) or translate(error, destination.url)) from error
    try:
        (raw.server_pid, *_) = raw.execute(
            "SELECT pg_backend_pid(), " + ", ".join(["set_config(%s, %s, false)"] * len(settings)),
            [item for setting in settings.items() for item in setting],
            prepare=False,
        ).fetchone() or (0,)
    except psycopg.Error as error:
        raw.close()
        raise translate(error, destination.url) from error
    raw.watch = lambda: psycopg.connect(**_keywords(destination, read_only), autocommit=True)
    return Connection(raw, destination.url)


def _keywords(destination: Destination, read_only: bool) -> dict[str, Any]:
    keywords: dict[str, Any] = {**NETWORK, **destination.keywords()}
    # One that follows lags: it may not have what this process wrote, nor what others wrote when their leases ended.
    keywords.setdefault("target_session_attrs", "primary" if read_only else "read-write")
    return keywords
