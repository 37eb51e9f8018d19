"""redun as one file, so that workers of Spark need Python and nothing else.

It holds redun-core, this distribution, those of plugins that decide what values mean, and what of their requirements is
plain Python; with bytecode, for each process of Spark imports it anew.
"""

from __future__ import annotations

import marshal
import os
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import MAGIC_NUMBER
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import Any

from redun.executors.packaging.private import private_folder
from redun.hashing.digest import digest, to_hex

__all__ = ["runtime_archive"]

_OWN = ("redun-core", "redun-executor-spark")
_ELSEWHERE = frozenset({"pyspark", "pyspark-client", "py4j"})
"""Spark brings them."""

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_UNCHECKED = (1).to_bytes(4, "little") + bytes(8)
_STAMP = (2020, 1, 1, 0, 0, 0)


def runtime_archive(manifest: Mapping[str, Any] | None = None) -> str:
    """Return the path of a zip file to be put onto the import path of another process with the same version of Python.

    Its name holds the hash of its content. It is made once for each machine, user and version of what it holds.

    Parameters
    ----------
    manifest : mapping, optional
        What decides the meaning of values, see `redun.host.manifest`; its plugins are among what is sent.
    """
    plugins = dict(manifest or {}).get("plugins", {})
    return _archive(tuple(sorted({name for name, _version in plugins.values()})))


@cache
def _archive(plugins: tuple[str, ...]) -> str:
    files = dict(sorted(_files([*_OWN, *plugins])))
    contents = {name: path.read_bytes() for name, path in files.items()}
    version = f"{sys.implementation.cache_tag} {MAGIC_NUMBER.hex()}"
    parts = [part for name, content in contents.items() for part in (name.encode(), content)]
    hash_ = to_hex(digest(b"spark runtime", version.encode(), *parts))
    folder = private_folder("redun-spark")
    path = os.path.join(folder, f"redun-runtime-{hash_[:16]}.zip")
    if not os.path.isfile(path):
        with NamedTemporaryFile(dir=folder, delete=False) as file, zipfile.ZipFile(file, "w") as made:
            # Without them packages that have no `__init__` are not found.
            for above in sorted(
                {str(above) for name in contents for above in PurePosixPath(name).parents} - {"."}
            ):
                _add(made, f"{above}/", b"")
            for name, content in contents.items():
                _add(made, name, content)
                if name.endswith(".py"):
                    _add(made, f"{name}c", _bytecode(name, content))
        os.replace(file.name, path)
    return path


def _add(made: zipfile.ZipFile, name: str, content: bytes) -> None:
    made.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED, 1)


def _bytecode(name: str, source: bytes) -> bytes:
    code = compile(source, f"redun-runtime/{name}", "exec", dont_inherit=True)
    return MAGIC_NUMBER + _UNCHECKED + marshal.dumps(code)


def _files(names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    for found in _with_requirements(names):
        for name, path in _files_of(found):
            if not name.endswith(".pyc") and path.is_file():
                yield name, path


def _with_requirements(names: Iterable[str]) -> list[Distribution]:
    """Return distributions with those that they require and that are plain Python, as are all that these require."""
    found: dict[str, Distribution] = {}
    for name in names:
        with suppress(PackageNotFoundError):
            # Whoever supplies a plugin without being installed must see to it himself.
            found[name] = distribution(name)
    for each in list(found.values()):
        for required in _required(each):
            closure = _plain(required, frozenset())
            if closure is not None:
                found.update(closure)
    return list(found.values())


def _plain(name: str, above: frozenset[str]) -> dict[str, Distribution] | None:
    if name in _ELSEWHERE or name in above:
        return {}
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    if "Root-Is-Purelib: true" not in (found.read_text("WHEEL") or ""):
        return None
    closure = {name: found}
    for required in _required(found):
        below = _plain(required, above | {name})
        if below is None:
            return None
        closure.update(below)
    return closure


def _required(found: Distribution) -> list[str]:
    names = []
    for requirement in found.requires or ():
        match = _NAME.match(requirement)
        # Markers name extras, or other versions of Python.
        if match is not None and ";" not in requirement:
            names.append(re.sub(r"[-_.]+", "-", match[1]).lower())
    return names


def _files_of(found: Distribution) -> Iterator[tuple[str, Path]]:
    for file in found.files or ():
        path = Path(str(found.locate_file(file)))
        if file.suffix == ".pth":
            # An editable installation.
            yield from _files_below(path)
        elif ".." not in file.parts:
            yield file.as_posix(), path


def _files_below(pth: Path) -> Iterator[tuple[str, Path]]:
    for line in pth.read_text(encoding="utf-8").splitlines():
        root = Path(line.strip())
        if line.strip() and root.is_dir():
            for path in root.rglob("*"):
                if "__pycache__" not in path.parts:
                    yield path.relative_to(root).as_posix(), path
