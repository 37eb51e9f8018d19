"""A Batch on this machine, and clients that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redun_executor_batch.clients import Clients
from services.batch import LocalBatch, batch_server


@pytest.fixture(scope="package")
def server() -> Iterator[LocalBatch]:
    with batch_server() as running:
        yield running


@pytest.fixture
def aws(server: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> LocalBatch:
    server.clear()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    return server


@pytest.fixture
def clients(aws: LocalBatch) -> Clients:
    return Clients()
