"""Suites that every executor and every file system must pass, for the tests of plugins.

Floor: composition. Needs pytest, which redun does not require; nothing else of redun imports this.
"""

import pytest

pytest.register_assert_rewrite("redun.testing.executors", "redun.testing.filesystems")

from redun.testing.executors import ExecutorConformance  # noqa: E402
from redun.testing.filesystems import FileSystemConformance  # noqa: E402

__all__ = ["ExecutorConformance", "FileSystemConformance"]
