"""The SQLite recorder passes the suite for recorders, in a file and in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.testing import RecorderConformance


class TestSqliteRecorder(RecorderConformance):
    @pytest.fixture
    def section(self, tmp_path: Path) -> dict[str, str]:
        return {"db_uri": f"sqlite:///{tmp_path / 'redun.db'}"}


@pytest.mark.slow
class TestSqliteRecorderInMemory(RecorderConformance):
    shared = False

    @pytest.fixture
    def section(self) -> dict[str, str]:
        return {"db_uri": "sqlite:///:memory:"}
