"""Build wheels of our distributions and install them into the environment that runs this.

    python tools/wheels.py DISTRIBUTION ...
    python tools/wheels.py all

What they need of each other is built here too; what else they declare comes from the package index. Every wheel is
built anew, so that no stale one is tested.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["PACKAGES", "requirements", "with_needed"]

PACKAGES = Path(__file__).resolve().parent.parent / "packages"
NAME = re.compile(r"[A-Za-z0-9._-]+")


def main(names: Sequence[str]) -> int:
    """Install; return the exit code of uv."""
    if not names:
        print(__doc__)
        return 2
    chosen = sorted(path.name for path in PACKAGES.iterdir()) if list(names) == ["all"] else names
    install = [
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        *requirements(with_needed(chosen)),
    ]
    return subprocess.run(install).returncode


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
        project = PACKAGES / name / "pyproject.toml"
        if not project.exists():
            raise SystemExit(f"packages/ holds no {name}")
        if name in found:
            continue
        found.append(name)
        declared = tomllib.loads(project.read_text())["project"].get("dependencies", ())
        needed = [match[0] for text in declared if (match := NAME.match(text))]
        pending += [name for name in needed if (PACKAGES / name).is_dir()]
    return found


def requirements(names: Iterable[str]) -> list[str]:
    """Return the arguments by which uv builds and installs exactly these."""
    # A folder is known to uv by its pyproject.toml; without being told, it would take an older wheel from its cache.
    return [part for name in names for part in ("--reinstall-package", name, str(PACKAGES / name))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
