"""A bucket of its own for each test, on moto's server and, marked slow, on Ceph's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from redun.filesystems import set_filesystem_resolver
from services.aws_client import LocalAws
from services.endpoint import Endpoint
from services.s3 import moto_server

if TYPE_CHECKING:
    from redun_fs_s3.filesystem import S3FileSystem

_numbers = count()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Endpoint]]:
    """The servers that run, by name; started when the first test wants them."""
    with ExitStack() as stack:
        yield _Servers(stack)


class _Servers(dict[str, Any]):
    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __missing__(self, name: str) -> Endpoint:
        start: Any = moto_server if name == "moto" else _ceph_server
        self[name] = self._stack.enter_context(start())
        return self[name]


@pytest.fixture
def moto(servers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """The server that counts requests and refuses them on demand."""
    use(servers["moto"], monkeypatch)
    servers["moto"].clear()
    return servers["moto"]


@pytest.fixture(params=["moto", pytest.param("ceph", marks=pytest.mark.slow)])
def endpoint(
    request: pytest.FixtureRequest, servers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Endpoint:
    """Either server."""
    use(servers[request.param], monkeypatch)
    return servers[request.param]


_used: list[Endpoint] = []


def use(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `s3://` be served by an endpoint."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "REDUN_"))]:
        monkeypatch.delenv(name)
    for name, value in endpoint.environment().items():
        monkeypatch.setenv(name, value)
    if _used != [endpoint]:
        _used[:] = [endpoint]
        set_filesystem_resolver(None)


@pytest.fixture
def client(endpoint: Endpoint) -> Any:
    """A client of whichever server the test runs on."""
    return boto3.client("s3", **endpoint.arguments())


@pytest.fixture
def bucket(client: Any) -> str:
    """The URL of an empty bucket."""
    return new_bucket(client)


@pytest.fixture
def moto_bucket(moto: LocalAws) -> str:
    """The URL of an empty bucket of the server that counts; its counts are cleared."""
    url = new_bucket(boto3.client("s3", **moto.arguments()))
    moto.clear()
    return url


def new_bucket(client: Any) -> str:
    name = f"redun-{os.getpid()}-{next(_numbers)}"
    client.create_bucket(Bucket=name)
    return f"s3://{name}"


@pytest.fixture
def files() -> S3FileSystem:
    """A file system of its own, to be configured."""
    from redun_fs_s3.filesystem import S3FileSystem

    return S3FileSystem()


def _ceph_server() -> Any:
    from services.s3 import ceph_server

    return ceph_server()
