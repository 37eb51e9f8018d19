"""Clients that ask the Batch of this machine."""

from __future__ import annotations

import pytest
from redun_executor_batch.clients import Clients
from services.batch import LocalBatch


@pytest.fixture
def aws(batch_service: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> LocalBatch:
    batch_service.clear()
    for name, value in batch_service.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    return batch_service


@pytest.fixture
def clients(aws: LocalBatch) -> Clients:
    return Clients()
