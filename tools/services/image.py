"""Root filesystems for containers, made of this machine's own files: no registry is asked.

The one with Python has this interpreter at the place where it lies here, so that virtual environments made here work
there when they are mounted; the plain one holds a shell and the usual small programs only.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from services.venv import folder, locked

__all__ = ["image_archive", "worker_archive"]

PROGRAMS = (
    "sh bash env ls cat cp mv rm mkdir rmdir ln touch echo printf true false sleep date id whoami pwd uname head tail "
    "wc sort grep sed tr cut tee test dd df du stat chmod chown kill timeout sync hostname tar gzip find xargs "
    "sha256sum md5sum basename dirname readlink realpath seq mktemp nproc ps getconf mkfifo"
)
# What a container needs besides programs: name look-ups, certificates, a time zone, a locale.
SUPPORT = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/usr/lib/locale/C.utf8",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
)
EMPTY_FOLDERS = {"tmp": 0o1777, "var/tmp": 0o1777} | dict.fromkeys(
    (
        "proc",
        "sys",
        "dev",
        "var",
        "home",
        "root",
        "run",
        "etc",
        "usr",
        "usr/bin",
        "usr/sbin",
        "usr/lib",
        "usr/lib64",
    ),
    0o755,
)
TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\nuser:x:1000:\n",
}
LEFT_OUT = {
    "test",
    "tests",
    "idlelib",
    "turtledemo",
    "tkinter",
    "ensurepip",
    "share",
    "site-packages",
}


def image_archive(*, python: bool) -> Path:
    """Return the tar archive of a root filesystem, made once for each interpreter."""
    prefix = Path(os.path.realpath(sys.base_prefix)) if python else None
    key = hashlib.sha256(f"{prefix} {sys.version} {Path(__file__).read_text()}".encode()).hexdigest()
    path = folder() / f"{'python' if python else 'plain'}-image-{key[:16]}.tar"
    with locked(path.with_suffix(".lock")):
        if not path.exists():
            unfinished = path.with_suffix(".part")
            write_archive(unfinished, prefix)
            unfinished.rename(path)
    return path


def worker_archive(venv: Path) -> Path:
    """Return the archive of an image with Python and a virtual environment, at the place where it lies here."""
    base = image_archive(python=True)
    path = folder() / f"{venv.name}-{base.stem}.tar"
    with locked(path.with_suffix(".lock")):
        if not path.exists():
            unfinished = path.with_suffix(".part")
            shutil.copyfile(base, unfinished)
            with tarfile.open(unfinished, "a", format=tarfile.PAX_FORMAT) as archive:
                for file in sorted(
                    entry for entry in venv.rglob("*") if entry.is_symlink() or entry.is_file()
                ):
                    add(archive, str(file))
            unfinished.rename(path)
    return path


def write_archive(path: Path, prefix: Path | None) -> None:
    """Write the archive, with the Python of that prefix if one is given."""
    binaries = [
        found
        for name in PROGRAMS.split()
        if (found := shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin"))
    ]
    files = [*binaries, *(name for name in SUPPORT if os.path.lexists(name))]
    if prefix is not None:
        installed = [str(file) for file in python_files(prefix)]
        files += installed
        binaries += [name for name in installed if ".so" in name or "/bin/" in name]
    files += shared_libraries(binaries)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, mode in EMPTY_FOLDERS.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            archive.addfile(entry)
        for name, text in TEXTS.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        for file in sorted(set(with_links(files))):
            add(archive, file)
        if prefix is not None:
            for name in ("python3", "python"):
                entry = tarfile.TarInfo(f"usr/local/bin/{name}")
                entry.type, entry.linkname = tarfile.SYMTYPE, str(prefix / "bin" / "python3")
                archive.addfile(entry)


def python_files(prefix: Path) -> Iterator[Path]:
    """Yield the files of an interpreter and its standard library."""
    for root, folders, names in os.walk(prefix):
        folders[:] = [name for name in folders if name not in LEFT_OUT and not name.startswith("config-3")]
        here = Path(root)
        for name in names:
            if (here != prefix / "bin" or name.startswith("python")) and ".opt-" not in name:
                yield here / name


def shared_libraries(binaries: list[str]) -> list[str]:
    """Return the libraries that the programs load, and those for looking up names."""
    found = {str(path) for path in Path("/lib").glob("*/libnss_*.so.2")}
    for start in range(0, len(binaries), 50):
        listed = subprocess.run(["ldd", *binaries[start : start + 50]], capture_output=True, text=True).stdout
        found |= {word for line in listed.splitlines() for word in line.split()[:3] if word.startswith("/")}
    return [name for name in found if os.path.isfile(name)]


def with_links(files: Iterable[str]) -> Iterator[str]:
    """Yield each file as it is really named, and every symbolic link on the way there."""
    for file in files:
        pending = [file]
        while pending:
            path = os.path.normpath(pending.pop())
            link = first_link(path)
            if link is None:
                if os.path.isdir(path):
                    pending += [entry.path for entry in os.scandir(path)] if path.count("/") > 2 else []
                else:
                    yield path
                continue
            yield link
            target = os.path.join(os.path.dirname(link), os.readlink(link))
            pending.append(target + path.removeprefix(link))


def first_link(path: str) -> str | None:
    """Return the first symbolic link among the folders of a path and itself."""
    parts = path.strip("/").split("/")
    prefixes = ("/" + "/".join(parts[: count + 1]) for count in range(len(parts)))
    return next((prefix for prefix in prefixes if os.path.islink(prefix)), None)


def add(archive: tarfile.TarFile, file: str) -> None:
    """Add a file or a link as root's; its time is kept, for compiled code counts only beside a source of that time."""
    entry = archive.gettarinfo(file, arcname=file.lstrip("/"))
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    if entry.issym():
        archive.addfile(entry)
        return
    # A second name of the same file would need the first in the archive.
    entry.type, entry.size = tarfile.REGTYPE, os.stat(file).st_size
    with open(file, "rb") as content:
        archive.addfile(entry, content)
