"""A fixture for tests of workflows, by `pytest_plugins = ["redun.pytest"]` in a `conftest.py`.

Floor: composition. It is loaded only when asked for, and redun does not require pytest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redun.session import Scheduler

__all__ = ["scheduler"]


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    """Give a test a scheduler of its own.

    It reads no `redun.ini`, and its record lies in memory: nothing is known from elsewhere and nothing is left behind.
    Within the test, what ran once is cached. An executor that the workflow names is supplied by
    `scheduler.add_executor(...)`.

    Yields
    ------
    Scheduler
        Closed when the test ends.

    Examples
    --------
    In a test module, `word_count` being a task:

    .. code-block:: python

        def test_word_count(scheduler):
            assert scheduler.run(word_count("to be or not to be")) == 6
    """
    with Scheduler() as made:
        yield made
