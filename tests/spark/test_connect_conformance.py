"""The suite that every executor must pass, behind a server of Spark Connect."""

from __future__ import annotations

import pytest
from redun.testing import ExecutorConformance
from services.spark import ConnectServer

from .conftest import section


@pytest.mark.large
class TestConnectDriverMode(ExecutorConformance):
    """Bodies in this process, each with a session at the server."""

    own_process = False
    ends_bodies = False
    patience_s = 20.0

    @pytest.fixture
    def section(self, connect_server: ConnectServer) -> dict[str, str]:
        return section(connect_server.url)


@pytest.mark.large
class TestConnectWorkerMode(ExecutorConformance):
    """Waves of calls on the Python workers of the server's application."""

    patience_s = 12.0

    @pytest.fixture
    def section(self, connect_server: ConnectServer) -> dict[str, str]:
        return section(connect_server.url, mode="worker")
