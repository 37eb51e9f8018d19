from __future__ import annotations

import pytest
from services.batch import batch_server
from services.venv import worker_venv

from .client import Client


@pytest.fixture(scope="session")
def worker():
    return worker_venv("redun-core")


@pytest.fixture(scope="session")
def batch(worker):
    with batch_server({"worker:1": worker}) as server:
        yield server


@pytest.fixture(scope="session")
def client(batch):
    """Calls operations of the server as any program on the network would."""
    client = Client(batch.url)
    client.define("any", "worker:1", ["true"])
    return client
