"""What tests of workflows need.

Floor: composition. Name it in `conftest.py`: ``pytest_plugins = ["redun.pytest"]``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redun.session import Scheduler

__all__ = ["scheduler"]


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    """Make a scheduler that records in memory and remembers nothing of other tests."""
    with Scheduler() as made:
        yield made
