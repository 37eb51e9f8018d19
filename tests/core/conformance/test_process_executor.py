"""The process executor passes the suite for executors, with each way to start processes."""

from __future__ import annotations

import pytest
from redun.testing import ExecutorConformance


@pytest.mark.slow
class TestProcessExecutor(ExecutorConformance):
    patience_s = 8.0

    @pytest.fixture
    def section(self):
        return {"type": "process", "max_workers": "2"}


@pytest.mark.slow
class TestSpawnedProcesses(ExecutorConformance):
    patience_s = 8.0

    @pytest.fixture
    def section(self):
        return {"type": "process", "max_workers": "2", "start_method": "spawn"}
