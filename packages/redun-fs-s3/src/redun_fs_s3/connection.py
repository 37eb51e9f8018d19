"""The connection to S3 of one process, shared by its threads.

Clients of boto3 may be shared by threads; sessions may not, and nothing of either survives a fork. So each process
makes its own, when it first needs one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redun.errors import ConfigError

from redun_fs_s3.settings import Settings

__all__ = ["Connection", "Connections"]

Given = TypeVar("Given")
Found = TypeVar("Found")

THREADS = 16
"""Requests that are worth having under way at a time."""


class Connection:
    """A client, and threads to send requests from.

    Attributes
    ----------
    client : botocore.client.S3
    settings : Settings
    amazon : bool
        Whether the server is one of Amazon's.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.client = _client(settings)
        self.amazon = _is_amazon(self.client.meta.endpoint_url)
        self._threads = ThreadPoolExecutor(THREADS, "redun-s3")

    def start(self, call: Callable[..., Found], *args: Any) -> Future[Found]:
        """Call a function, which sends one request and waits for nothing else, in a thread."""
        try:
            return self._threads.submit(call, *args)
        except RuntimeError:
            # The interpreter is shutting down, which takes no new threads.
            done: Future[Found] = Future()
            try:
                done.set_result(call(*args))
            except Exception as error:
                done.set_exception(error)
            return done

    def map(self, call: Callable[[Given], Found], items: Iterable[Given]) -> Iterator[Found]:
        """Call a function, as of `start`, for each item; the results are in order."""
        started = [self.start(call, item) for item in items]
        try:
            for future in started:
                yield future.result()
        finally:
            for future in started:
                # None is under way any more when the caller learns of a failure.
                if not future.cancel():
                    future.exception()


class Connections:
    """Gives each process its connection.

    Parameters
    ----------
    settings : callable
        Returns the settings, when the first connection is made.
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._forget()
        if hasattr(os, "register_at_fork"):
            # A fork may happen while another thread holds the lock.
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = Lock()
        self._made: Connection | None = None

    def __call__(self) -> Connection:
        """Return the connection of this process."""
        made = self._made
        if made is not None:
            return made
        with self._lock:
            if self._made is None:
                self._made = Connection(self._settings())
            return self._made


def _client(settings: Settings) -> Any:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    style = settings.addressing_style
    if style == "auto":
        # Few other servers answer to names such as bucket.server.
        endpoint = settings.endpoint_url or next(
            filter(None, map(os.environ.get, ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))), None
        )
        style = "auto" if endpoint is None or _is_amazon(endpoint) else "path"
    attempts = os.environ.get("AWS_MAX_ATTEMPTS")
    config = Config(
        retries={"mode": "standard", "total_max_attempts": int(attempts or settings.max_attempts)},
        max_pool_connections=settings.max_pool_connections,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        s3={"addressing_style": style},
        user_agent_extra="redun",
        **({"signature_version": UNSIGNED} if settings.anonymous else {}),
    )
    try:
        session = boto3.Session(profile_name=settings.profile, region_name=settings.region)
        return session.client("s3", endpoint_url=settings.endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise ConfigError(
            f"S3 cannot be reached as [filesystems.s3], the AWS_… variables and ~/.aws say: {error}"
        ) from error


def _is_amazon(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
