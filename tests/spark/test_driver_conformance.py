"""The suite that every executor must pass, in driver mode: bodies run in threads of this process."""

from __future__ import annotations

from typing import Any

import pytest
from redun.testing import ExecutorConformance


@pytest.mark.slow
class TestSparkDriver(ExecutorConformance):
    """Bodies have a Spark session at hand; all tests share its application."""

    own_process = False
    ends_bodies = False
    patience_s = 20.0

    @pytest.fixture
    def section(self, spark_section: dict[str, Any]) -> dict[str, Any]:
        return spark_section
