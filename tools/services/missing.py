"""What to do when a machine lacks a component: say so and skip the test; in CI, fail."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

__all__ = ["MissingComponent", "missing", "require"]


class MissingComponent(RuntimeError):
    """A component that the tests need is not installed."""


def missing(component: str, remedy: str) -> NoReturn:
    """Skip the running test, or fail if this is CI or no test.

    A skip in CI would hide that the machine was not set up.
    """
    message = f"{component} is missing: {remedy}"
    if not os.environ.get("CI") and "PYTEST_CURRENT_TEST" in os.environ:
        import pytest

        pytest.skip(message)
    raise MissingComponent(message)


def require(component: str, programs: list[str], packages: str) -> None:
    """Make sure that the programs are on the path; otherwise name the Debian packages that bring them."""
    absent = [program for program in programs if shutil.which(program, path=SEARCHED) is None]
    if absent:
        missing(
            f"{component} ({', '.join(absent)})",
            f"apt-get install --no-install-recommends {packages}",
        )


# Servers lie in folders that a user's path may lack.
SEARCHED = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
