"""Find installed plugins by their entry points, importing none of them.

Floor: host.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from redun.errors import PluginError
from redun.host.origin import Origin

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

__all__ = ["GROUP", "Candidate", "discover"]

GROUP = "redun.plugins"


@attrs.frozen
class Candidate:
    """A plugin that is installed and not imported yet.

    Attributes
    ----------
    origin : Origin
    entry_point : EntryPoint
    requirement : str, optional
        What its distribution requires of redun-core.
    """

    origin: Origin
    entry_point: EntryPoint
    requirement: str | None = None


def discover() -> tuple[list[Candidate], list[tuple[Origin, Exception]]]:
    """Return all plugins of this environment, sorted by name, and the distributions that are damaged."""
    found: dict[tuple[str, str], Candidate] = {}
    damaged: list[tuple[Origin, Exception]] = []
    if _some_are_declared(sys.path):
        from importlib.metadata import distributions

        for distribution in distributions():
            # One by one, and not by `entry_points()`, which one damaged file anywhere brings down.
            try:
                if GROUP in (distribution.read_text("entry_points.txt") or ""):
                    for candidate in _candidates(distribution):
                        # The same distribution may lie in a later folder of the path too; the first one
                        # counts.
                        key = (candidate.origin.name, candidate.origin.distribution)
                        found.setdefault(key, candidate)
            except Exception as error:
                name = str(getattr(distribution, "_path", distribution))
                damaged.append((Origin(os.path.basename(name), name, "?"), error))
    return [found[key] for key in sorted(found)], damaged


def _candidates(distribution: Distribution) -> list[Candidate]:
    requires = distribution.requires or ()
    requirement = next((text for text in requires if _is_core(text)), None)
    metadata = distribution.metadata
    if "Name" not in metadata or "Version" not in metadata:
        raise PluginError("its METADATA lacks name or version; reinstall it")
    origin = (metadata["Name"], metadata["Version"])
    return [
        Candidate(Origin(entry_point.name, *origin), entry_point, requirement)
        for entry_point in distribution.entry_points
        if entry_point.group == GROUP
    ]


def _is_core(requirement: str) -> bool:
    name = re.match(r"[\w.-]+", requirement)
    return name is not None and re.sub(r"[-_.]+", "-", name[0]).lower() == "redun-core"


def _some_are_declared(path: Iterable[str]) -> bool:
    # `importlib.metadata` brings 80 modules (email among them), a fifth of what `redun --help` may cost;
    # where no plugin is installed, a look at the files finds that out. Whatever the look cannot decide
    # counts as a yes.
    if any(hasattr(finder, "find_distributions") and not _is_path_finder(finder) for finder in sys.meta_path):
        return True
    return any(_declares(folder or ".") for folder in path)


def _is_path_finder(finder: object) -> bool:
    return getattr(finder, "__name__", None) == "PathFinder"


def _declares(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except NotADirectoryError:
        return True
    except OSError:
        return False
    for name in names:
        if name.lower().endswith((".dist-info", ".egg-info")) or name.lower() == "egg-info":
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if GROUP.encode() in file.read():
                        return True
            except OSError:
                continue
    return False
