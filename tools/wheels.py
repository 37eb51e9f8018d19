"""Build wheels of our distributions and install them into the environment that runs this.

    python tools/wheels.py DISTRIBUTION[EXTRA] ...
    python tools/wheels.py all

What they need of each other is built here too; what else they declare comes from the package index. Every wheel is
built anew, so that no stale one is tested, but for large ones of others that the index has as source only: one is built
for all environments.
"""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["PACKAGES", "built_once", "requirements", "with_needed"]

PACKAGES = Path(__file__).resolve().parent.parent / "packages"
BUILT = PACKAGES.parent / ".tox" / "wheels"
NAME = re.compile(r"[A-Za-z0-9._-]+")
# Minutes and a gigabyte of work for every environment that would build it.
SOURCE_ONLY = {"pyspark"}


def main(names: Sequence[str]) -> int:
    """Install; return the exit code of uv."""
    if not names:
        print(__doc__)
        return 2
    chosen = sorted(path.name for path in PACKAGES.iterdir()) if list(names) == ["all"] else names
    needed = with_needed(chosen)
    install = ["uv", "pip", "install", "--quiet", "--python", sys.executable]
    return subprocess.run([*install, *built_once(needed), *requirements(needed)]).returncode


def with_needed(names: Iterable[str]) -> list[str]:
    """Return the distributions and those of ours that they depend on.

    Examples
    --------
    >>> with_needed(["redun-cli"])
    ['redun-cli', 'redun-core']
    """
    found: list[str] = []
    pending = list(names)
    while pending:
        name = pending.pop(0)
        if name in found:
            continue
        found.append(name)
        pending += [own for text in declared(name) if (PACKAGES / (own := plain(text))).is_dir()]
    return found


def requirements(names: Iterable[str]) -> list[str]:
    """Return the arguments by which uv builds and installs exactly these.

    Examples
    --------
    >>> requirements(["redun-executor-spark[connect]"])[:2]
    ['--reinstall-package', 'redun-executor-spark']
    """
    # A folder is known to uv by its pyproject.toml; without being told, it would take an older wheel from its cache.
    return [part for name in names for part in ("--reinstall-package", plain(name), str(PACKAGES / name))]


def built_once(names: Iterable[str]) -> list[str]:
    """Build the wheels that these need and the index lacks; return the arguments by which uv finds them."""
    needed = {text for name in names for text in declared(name) if plain(text) in SOURCE_ONLY}
    if not needed:
        return []
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if missing := [text for text in needed if not any(BUILT.glob(f"{plain(text)}-*.whl"))]:
            build = ["uv", "tool", "run", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(BUILT)]
            subprocess.run([*build, *missing], check=True)
    return ["--find-links", str(BUILT)]


def declared(name: str) -> list[str]:
    """Return what a distribution of ours declares to need."""
    project = PACKAGES / plain(name) / "pyproject.toml"
    if not project.exists():
        raise SystemExit(f"packages/ holds no {name}")
    return list(tomllib.loads(project.read_text())["project"].get("dependencies", ()))


def plain(requirement: str) -> str:
    """Return the name of what is required.

    Examples
    --------
    >>> plain("redun-core>=1.0,<2")
    'redun-core'
    """
    found = NAME.match(requirement)
    return found[0] if found else requirement


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
