"""Tests that need a container engine are marked as such in the results, where `tools/report.py` counts them."""

from __future__ import annotations

import pytest

FIXTURES = {"engine", "docker_engine", "podman_engine"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note the mark, or a fixture that starts an engine, with the results of a test."""
    for item in items:
        if item.get_closest_marker("engine") or FIXTURES & set(getattr(item, "fixturenames", ())):
            item.user_properties.append(("needs a container engine", "yes"))
