"""The thread executor passes the suite for executors."""

from __future__ import annotations

import pytest
from redun.testing import ExecutorConformance

pytestmark = pytest.mark.slow


class TestThreadExecutor(ExecutorConformance):
    own_process = False
    ends_bodies = False
    patience_s = 3.0

    @pytest.fixture
    def section(self) -> dict[str, str]:
        return {"type": "local", "max_workers": "8"}
