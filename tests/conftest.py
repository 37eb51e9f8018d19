"""What the results of tests say beside their outcome; `tools/report.py` reads it.

Tests that need a container engine are marked as such. Where failed tests are tried once more, against servers on busy
machines, a test that passed at its second attempt tells how the first one failed.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

FIXTURES = {"engine", "docker_engine", "podman_engine"}

_first_failure = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note the mark, or a fixture that starts an engine, with the results of a test."""
    for item in items:
        if item.get_closest_marker("engine") or FIXTURES & set(getattr(item, "fixturenames", ())):
            item.user_properties.append(("needs a container engine", "yes"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note how an attempt failed, for the case that the next one passes."""
    report = yield
    if first := item.stash.get(_first_failure, None):
        report.user_properties.append(("failed at first", first))
    elif report.failed:
        item.stash[_first_failure] = report.longreprtext[-4000:]
    return report
