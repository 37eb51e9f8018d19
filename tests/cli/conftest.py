"""The installed `redun` command, run as users run it; only the start of Python is shared."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import warm

REDUN = Path(sys.executable).with_name("redun")


class Workspace:
    """An empty folder with workflows in it, and the command run there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("REDUN_", "COLUMNS"))
        }

    def write(self, name: str, text: str) -> Path:
        """Write a file, dedented."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def install_plugin(self, name: str, code: str, **modules: str) -> None:
        """Make a plugin visible as an installed distribution would be, with further modules beside it."""
        site = self.folder.parent / "site"
        metadata = site / f"redun_{name}-1.2.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: redun-{name}\nVersion: 1.2\n")
        (metadata / "entry_points.txt").write_text(f"[redun.plugins]\n{name} = {name}_plugin\n")
        for module, text in {f"{name}_plugin": code, **modules}.items():
            (site / f"{module}.py").write_text(textwrap.dedent(text))
        paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environ["PYTHONPATH"] = os.pathsep.join(paths)

    def start(self, *words: str, **options: object) -> subprocess.Popen[str]:
        """Start the command."""
        return warm.Popen(
            [REDUN, *words],
            cwd=options.pop("cwd", self.folder),  # type: ignore[arg-type]
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,  # type: ignore[arg-type]
        )

    def redun(self, *words: str, code: int = 0, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command and check its exit code; no traceback of ours may show, whatever happens."""
        process = self.start(*words, cwd=cwd or self.folder)
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == code, stdout + stderr
        assert "redun_cli" not in stderr, stderr
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Workspace(folder)
