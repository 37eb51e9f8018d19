"""Virtual environments into which real wheels are installed by pip."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
OURS = ("redun-core", "redun-cli")
UV = (sys.executable, "-m", "uv")


@attrs.frozen
class Environment:
    """A virtual environment and the folder that workflows run in."""

    bin: Path
    folder: Path

    def run(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment and return what it said."""
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("REDUN_", "PYTHON", "PIP_", "COVERAGE"))
        }
        environ |= {"COLUMNS": "200", "NO_COLOR": "1"} | variables
        return subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def redun(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the `redun` program, which must succeed."""
        done = self.run("redun", *arguments, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of redun and of the plugins."""
    folder = tmp_path_factory.mktemp("wheels")
    projects = [ROOT / "packages" / name for name in OURS]
    projects += sorted(path.parent for path in HERE.glob("fixtures/*/pyproject.toml"))
    for project in projects:
        check(*UV, "build", "--quiet", "--wheel", "--out-dir", folder, project)
    return folder


@pytest.fixture(scope="session")
def make_environment(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Return a function that makes an environment with redun and the given plugins, and nothing else."""

    def make_environment(*plugins: str, dependencies: bool = True) -> Environment:
        folder = tmp_path_factory.mktemp("environment")
        venv = folder / "venv"
        check(*UV, "venv", "--quiet", "--seed", "-p", sys.executable, venv)
        bin_folder = venv / ("Scripts" if os.name == "nt" else "bin")
        python = bin_folder / "python"
        # What others make may come from the registry; redun and the plugins must come from the wheels.
        check(
            *UV, "pip", "install", "--quiet", "--no-compile-bytecode", "-p", python, *foreign_dependencies()
        )
        install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", wheels, "--pre"]
        if dependencies:
            check(*install, *OURS, *plugins)
        else:
            check(*install, *OURS)
            check(*install, "--no-deps", *plugins)
        (folder / "work").mkdir()
        return Environment(bin_folder, folder / "work")

    return make_environment


def foreign_dependencies() -> list[str]:
    """Return what our distributions declare that is not ours."""
    declared = set()
    for name in OURS:
        project = tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text())["project"]
        declared.update(each for each in project["dependencies"] if not each.startswith("redun-"))
    return sorted(declared)


def check(*command: str | Path) -> None:
    """Run a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
