"""The suite that every executor must pass, on the workers of Spark."""

from __future__ import annotations

import pytest
from redun.testing import ExecutorConformance


@pytest.mark.slow
class TestSparkWorkerMode(ExecutorConformance):
    """Waves of calls on `local[2]`: Spark's Python workers, and ours below them."""

    patience_s = 12.0

    @pytest.fixture
    def section(self, spark_section: dict[str, str]) -> dict[str, str]:
        return spark_section | {"mode": "worker"}
