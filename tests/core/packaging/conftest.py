"""A project to pack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

WriteFiles = Callable[..., None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def write(project: Path) -> WriteFiles:
    """Write files of the project, each with its own name as content unless said otherwise."""

    def write(*names: str, **contents: str) -> None:
        for name, text in [*((name, name) for name in names), *contents.items()]:
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write
