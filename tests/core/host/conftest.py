"""Plugins as if installed: a package and its metadata in a folder on `sys.path`, found by the real
discovery."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redun.host import Host, PluginFailure, Selection

Install = Callable[..., None]


@pytest.fixture(autouse=True)
def _no_plugin_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REDUN_PLUGINS", "REDUN_DISABLE_PLUGINS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that makes a distribution with one plugin."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)

    def install(
        plugin: str,
        source: str,
        *,
        distribution: str | None = None,
        version: str = "1.0",
        requires: str | None = None,
    ) -> None:
        distribution = distribution or f"redun-observer-{plugin}"
        module = distribution.replace("-", "_") + "_" + plugin.replace("-", "_")
        (folder / f"{module}.py").write_text(
            "from redun.plugin import *\nREDUN_API = 1\n" + textwrap.dedent(source)
        )
        info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        requirement = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{requirement}"
        )
        with open(info / "entry_points.txt", "a") as file:
            if not file.tell():
                file.write("[redun.plugins]\n")
            file.write(f"{plugin} = {module}\n")

    yield install
    for name in set(sys.modules) - before:
        if name.startswith("redun_"):
            del sys.modules[name]


@pytest.fixture
def reports() -> list[PluginFailure]:
    """What the host of `make_host` reported."""
    return []


@pytest.fixture
def make_host(reports: list[PluginFailure]) -> Callable[..., Host]:
    """Return a function that makes a host whose reports are collected."""

    def make_host(selection: Selection | None = None) -> Host:
        return Host(selection, report=reports.append)

    return make_host
