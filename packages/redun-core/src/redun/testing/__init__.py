"""Suites that every executor, every file system and every recorder must pass, for the tests of plugins.

Floor: composition. The suites need pytest, which redun does not require, and so does importing them; the workflows that
they run are imported by workers, which have no pytest. Nothing else of redun imports this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun.on_demand import importer

if TYPE_CHECKING:
    from redun.testing.executors import ExecutorConformance
    from redun.testing.filesystems import FileSystemConformance
    from redun.testing.recorders import RecorderConformance

__all__ = ["ExecutorConformance", "FileSystemConformance", "RecorderConformance"]

_MODULES = {
    "ExecutorConformance": "redun.testing.executors",
    "FileSystemConformance": "redun.testing.filesystems",
    "RecorderConformance": "redun.testing.recorders",
}
_import = importer(__name__, _MODULES)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        import pytest

        # Before they are imported, or what a failing assertion compares would not be shown.
        pytest.register_assert_rewrite(*_MODULES.values())
    return _import(name)
