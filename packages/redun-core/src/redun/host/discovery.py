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

from redun.host.origin import Origin

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

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


def discover() -> list[Candidate]:
    """Return all plugins of this environment, sorted by name."""
    if not _some_are_declared(sys.path):
        return []
    from importlib.metadata import entry_points

    found = [_candidate(entry_point) for entry_point in entry_points(group=GROUP)]
    return sorted(found, key=lambda candidate: (candidate.origin.name, candidate.origin.distribution))


def _candidate(entry_point: EntryPoint) -> Candidate:
    distribution = entry_point.dist
    if distribution is None:
        return Candidate(Origin(entry_point.name, "an unknown distribution", "?"), entry_point)
    requires = distribution.requires or ()
    requirement = next((text for text in requires if _is_core(text)), None)
    return Candidate(
        Origin(entry_point.name, distribution.name, distribution.version), entry_point, requirement
    )


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
