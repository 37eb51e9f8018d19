"""Finding installed plugins without importing them, and finding out quickly that there are none."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from redun.host import Host, PluginFailure
from redun.host.discovery import discover


def test_plugins_are_found_by_entry_point_and_sorted(install: Callable[..., None]) -> None:
    install("zebra", "", version="2.5")
    install("ant", "", requires="redun_core (>=1,<2)")
    install("bee", "", requires="redun-core-extras>=9")
    found = [each for each in discover()[0] if each.origin.distribution.startswith("redun-observer")]
    assert [(each.origin.name, each.origin.version) for each in found] == [
        ("ant", "1.0"),
        ("bee", "1.0"),
        ("zebra", "2.5"),
    ]
    assert [each.requirement for each in found] == ["redun_core (>=1,<2)", None, None]
    assert not any(name.startswith("redun_observer") for name in sys.modules)


CODE = """
import sys
sys.path[:] = {path!r} + [entry for entry in sys.path if "site-packages" not in entry]
{more}
from redun.host.discovery import discover
print(len(discover()[0]), "importlib.metadata" in sys.modules)
"""


def discovered(path: list[str], more: str = "") -> str:
    core = str(Path(sys.modules["redun"].__file__ or "").parents[1])
    attrs = str(Path(sys.modules["attrs"].__file__ or "").parents[1])
    # attrs lies in site-packages, whose other content must not count; it is imported beforehand.
    more = f"sys.path.append({attrs!r}); import attrs, pluggy; sys.path.pop(); {more}"
    code = CODE.format(path=[core, *path], more=more)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_distribution(folder: Path, name: str, entry_points: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)


def test_nothing_is_imported_to_find_nothing(tmp_path: Path) -> None:
    make_distribution(tmp_path, "other", "[console_scripts]\nx = y:z\n")
    assert discovered([str(tmp_path), str(tmp_path / "absent")]) == "0 False"


def test_a_plugin_is_found(tmp_path: Path) -> None:
    make_distribution(tmp_path, "other", "[redun.plugins]\nx = y\n")
    assert discovered([str(tmp_path)]) == "1 True"


def test_a_plugin_in_an_egg_is_found(tmp_path: Path) -> None:
    egg = tmp_path / "other-1.0-py3.11.egg"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO" / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (egg / "EGG-INFO" / "entry_points.txt").write_text("[redun.plugins]\nx = y\n")
    assert discovered([str(egg)]) == "1 True"


def test_a_plugin_in_a_zip_file_is_found(tmp_path: Path) -> None:
    make_distribution(tmp_path / "content", "other", "[redun.plugins]\nx = y\n")
    with zipfile.ZipFile(tmp_path / "path.zip", "w") as archive:
        for file in (tmp_path / "content").rglob("*"):
            archive.write(file, file.relative_to(tmp_path / "content"))
    assert discovered([str(tmp_path / "path.zip")]) == "1 True"


def test_finders_of_others_are_asked(tmp_path: Path) -> None:
    finder = (
        "class F:\n    find_spec = lambda *a: None\n    find_distributions = lambda *a: ()\n"
        "sys.meta_path.append(F())"
    )
    # An import hook may know distributions that no folder shows.
    assert discovered([str(tmp_path)], f"exec({finder!r})") == "0 True"


@pytest.mark.parametrize(
    ("metadata", "entry_points", "error"),
    [
        ("", "[redun.plugins]\nbroken = nothing_here\n", "METADATA lacks name or version"),
        ("Name: x\nVersion: 1\n", "[redun.plugins]\nbroken\n", "Error"),
    ],
)
def test_damaged_metadata_harms_nobody_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    install: Callable[..., None],
    make_host: Callable[..., Host],
    reports: list[PluginFailure],
    metadata: str,
    entry_points: str,
    error: str,
) -> None:
    install("fine", "")
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(metadata)
    (info / "entry_points.txt").write_text(entry_points)
    monkeypatch.syspath_prepend(tmp_path)
    assert "fine" in [origin.name for origin in make_host().plugins()]
    assert [report.stage for report in reports] == ["discovery"]
    assert str(info) in reports[0].distribution
    assert error in reports[0].error


def test_the_first_of_two_copies_counts(install: Callable[..., None], make_host: Callable[..., Host]) -> None:
    install("twice", "", version="1.0")
    install("twice", "", version="2.0")
    assert [origin.name for origin in make_host().plugins()].count("twice") == 1
