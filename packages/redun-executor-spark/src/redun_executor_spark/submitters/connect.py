"""Calls that drive an application behind a server of Spark Connect, in threads of this process."""

from __future__ import annotations

from redun_executor_spark.submitters.session import SessionSubmitter

__all__ = ["ConnectSubmitter"]


class ConnectSubmitter(SessionSubmitter):
    """Runs bodies here, each in a session of its own at the server."""
