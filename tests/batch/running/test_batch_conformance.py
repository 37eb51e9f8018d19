"""The executor for AWS Batch passes the suite for executors."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from redun.testing import ExecutorConformance
from services.batch import LocalBatch


@pytest.mark.slow
class TestBatchExecutor(ExecutorConformance):
    own_process = True
    patience_s = 30.0

    @pytest.fixture
    def section(self, batch: LocalBatch) -> dict[str, Any]:
        return {
            "type": "aws_batch",
            "image": "warm",
            "queue": batch.queue,
            "s3_scratch": f"s3://redun-batch/{uuid4().hex[:12]}",
            "role": "none",
            "job_monitor_interval": "0.2",
            "job_stale_time": "0.2",
        }

    @pytest.fixture
    def workspace(self) -> str:
        return f"s3://redun-batch/workspace-{uuid4().hex[:12]}"
