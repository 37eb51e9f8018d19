"""Clients of AWS: one for each service, made when it is first needed.

Where to ask (endpoints), as whom (credentials, profile) and how often is what boto3 takes from the environment and from
`~/.aws`; the region may come from redun's configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any

import attrs

from redun_executor_batch.denials import asking

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config

__all__ = ["Clients", "Identity", "clients_in"]

_LAST_RESORT = "us-west-2"
_ATTEMPTS = 5
# What sends and collects jobs does so from many threads.
_CONNECTIONS = 32


@attrs.frozen
class Identity:
    """As whom this process asks.

    Attributes
    ----------
    account : str
        Twelve digits.
    arn : str
        `arn:aws:iam::…:user/ada`, or that of an assumed role.
    """

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """`aws`, or `aws-cn`, `aws-us-gov` …"""
        return self.arn.split(":")[1]

    @property
    def user(self) -> str:
        """The name without what is the same for everybody: `ada`, or `role/session`.

        Examples
        --------
        >>> Identity("123456789012", "arn:aws:sts::123456789012:assumed-role/analyst/ada@example.org").user
        'analyst/ada@example.org'
        """
        kind, _, name = self.arn.rpartition(":")[2].partition("/")
        return name or kind


class Clients:
    """The clients of one region; safe from any thread.

    Parameters
    ----------
    region : str, optional
        The region of boto3's own configuration otherwise, and us-west-2 if that has none.
    """

    def __init__(self, region: str | None = None) -> None:
        self._wanted = region or None
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._identity: Identity | None = None
        # Making clients is the one thing that a session of boto3 does not do from several threads at once.
        self._lock = RLock()

    @property
    def region(self) -> str:
        """The region that is asked."""
        with self._lock:
            if self._wanted is None:
                with asking("reading the configuration of AWS"):
                    self._wanted = self._aws().region_name or _LAST_RESORT
            return self._wanted

    def get(self, service: str) -> Any:
        """Return the client of a service: `batch`, `logs`, `s3`, `sts` …

        Raises
        ------
        ExecutorError
            The configuration of AWS cannot be read.
        """
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service)
                if client is None:
                    client = self._clients[service] = self._make(service, _config())
        return client

    def without_retries(self, service: str) -> Any:
        """Make a client that asks once; see `get`."""
        with self._lock:
            return self._make(service, _config(retries={"mode": "standard", "total_max_attempts": 1}))

    def _make(self, service: str, config: Config) -> Any:
        with asking("reading the configuration of AWS"):
            return self._aws().client(service, region_name=self.region, config=config)

    def _aws(self) -> boto3.Session:
        """Return the one session: each reads descriptions of AWS anew, which takes longer than making a client."""
        if self._session is None:
            import boto3

            self._session = boto3.Session()
        return self._session

    def identity(self) -> Identity:
        """Return as whom this process asks.

        Raises
        ------
        ExecutorError
            There are no credentials, or AWS does not take them.
        """
        with self._lock:
            if self._identity is None:
                with asking("asking AWS whose credentials these are"):
                    answer = self.get("sts").get_caller_identity()
                self._identity = Identity(answer["Account"], answer["Arn"])
            return self._identity


@cache
def clients_in(region: str | None = None) -> Clients:
    """Return the clients of a region that this process shares."""
    return Clients(region)


def _config(retries: Mapping[str, Any] | None = None) -> Config:
    from botocore.config import Config

    return Config(
        retries=retries or _retries(),
        connect_timeout=10,
        max_pool_connections=_CONNECTIONS,
        user_agent_extra="redun",
    )


def _retries() -> Mapping[str, Any]:
    attempts = os.environ.get("AWS_MAX_ATTEMPTS", "")
    return {
        # "standard" waits longer each time, and retries what "legacy" gives up on.
        "mode": os.environ.get("AWS_RETRY_MODE", "standard"),
        "total_max_attempts": int(attempts) if attempts.isdigit() and int(attempts) else _ATTEMPTS,
    }
