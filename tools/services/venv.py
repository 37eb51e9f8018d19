"""Virtual environments made once for each content: workers that hold certain wheels only, and one for the servers.

They lie in `.tox/services` of the checkout (or in `REDUN_SERVICES`), named after a hash of all that goes into them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wheels import PACKAGES, built_once, with_needed
from wheels import requirements as local

__all__ = ["folder", "server_venv", "worker_venv"]

ROOT = PACKAGES.parent
KEPT = 24 * 3600
# What would make uv install elsewhere or otherwise.
DROPPED = {"VIRTUAL_ENV", "PYTHONPATH", "UV_COMPILE_BYTECODE"}


def folder() -> Path:
    """Return the folder in which environments and images are kept from one run to the next."""
    chosen = Path(os.environ.get("REDUN_SERVICES") or ROOT / ".tox" / "services")
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen.resolve()


def worker_venv(*distributions: str, requirements: Sequence[str] = (), python: str = sys.executable) -> Path:
    """Return a virtual environment with the wheels of the distributions, and what they declare, only.

    Parameters
    ----------
    distributions
        Names of folders in `packages/`, such as "redun-core". What they need of each other comes from there too.
    requirements
        Further requirements, from the package index.
    python
        The interpreter, or a version such as "3.12".

    Examples
    --------
    >>> venv = worker_venv("redun-core", "redun-fs-s3")  # doctest: +SKIP
    >>> subprocess.run([venv / "bin" / "python", "-c", "import redun"], check=True)  # doctest: +SKIP
    """
    names = with_needed(distributions)
    content = [hash_folder(PACKAGES / name) for name in names]
    return made(
        "-".join(["worker", *distributions]),
        python,
        content,
        [*built_once(names), *local(names), *requirements],
    )


def server_venv() -> Path:
    """Return the virtual environment in which the servers written in Python run: tests never see what they need.

    There is one for all: its interpreter is that of whoever comes first. It is not compiled on installing, for the
    servers import a small part of what there is, and keep that compiled.
    """
    with (ROOT / "pyproject.toml").open("rb") as file:
        requirements = tomllib.load(file)["dependency-groups"]["services"]
    return made("servers", sys.executable, [], requirements, key="servers", compiled=False)


def made(
    name: str,
    python: str,
    content: Sequence[str],
    requirements: Sequence[str],
    *,
    key: str | None = None,
    compiled: bool = True,
) -> Path:
    """Return an environment of that content, made now if there is none yet; `key` stands for the interpreter."""
    hashed = digest("\0".join([key or identify(python), *content, *requirements]).encode())
    path = folder() / f"{name}-{hashed[:16]}"
    with locked(path.with_name(path.name + ".lock")):
        done = path / "complete"
        if not done.exists():
            shutil.rmtree(path, ignore_errors=True)
            uv("venv", "--quiet", "--python", python, str(path))
            options = ["--compile-bytecode"] if compiled else []
            uv("pip", "install", "--quiet", *options, "--python", str(path / "bin" / "python"), *requirements)
            done.touch()
    return path


def uv(*arguments: str) -> None:
    """Run uv; show what it says if it fails."""
    beside = Path(sys.executable).with_name("uv")
    program = str(beside) if beside.exists() else shutil.which("uv")
    if program is None:
        raise RuntimeError("uv is not installed: pip install uv")
    environment = {name: value for name, value in os.environ.items() if name not in DROPPED}
    ended = subprocess.run([program, *arguments], capture_output=True, text=True, env=environment)
    if ended.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)} failed:\n{ended.stderr}")


def identify(python: str) -> str:
    """Return what tells interpreters apart: the place of the real one and its version, or what was asked for."""
    return f"{sys.base_prefix} {sys.version}" if python == sys.executable else python


def hash_folder(path: Path) -> str:
    """Hash the names and the contents of the files from which a wheel is built."""
    hasher = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            hasher.update(f"{file.relative_to(path)}\0{digest(file.read_bytes())}\0".encode())
    return hasher.hexdigest()


def digest(content: bytes) -> str:
    """Return the SHA-256 of the content."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file, so that runs side by side make a thing once; what nobody used for long is removed."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.utime(path)
        for lock in path.parent.glob("*.lock"):
            if time.time() - lock.stat().st_mtime > KEPT:
                remove(lock)
        yield


def remove(lock: Path) -> None:
    """Remove what was made under a lock, and the lock."""
    made = lock.with_suffix("")
    shutil.rmtree(made, ignore_errors=True)
    for file in (made, made.with_suffix(".tar"), lock):
        file.unlink(missing_ok=True)
