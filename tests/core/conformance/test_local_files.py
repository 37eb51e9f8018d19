"""Local files pass the suite for file systems."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.testing import FileSystemConformance


class TestLocalFiles(FileSystemConformance):
    @pytest.fixture
    def root(self, tmp_path: Path) -> str:
        (tmp_path / "root").mkdir()
        return str(tmp_path / "root")
