"""The suite that every executor must pass, in containers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from redun.testing import ExecutorConformance


@pytest.mark.slow
class TestDockerExecutor(ExecutorConformance):
    """Tasks in an image with Python; project and workspace are seen where they are."""

    patience_s = 30.0

    @pytest.fixture
    def section(self, python_section: dict[str, Any], worker: Path, tmp_path: Path) -> dict[str, Any]:
        volumes = [[str(worker), str(worker), "ro"], [str(tmp_path), str(tmp_path)]]
        return python_section | {"volumes": json.dumps(volumes)}
