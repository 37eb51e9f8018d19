"""A PostgreSQL server, from the binaries of the machine.

It refuses to run as root: then it runs as the user postgres, or nobody, and its files are that user's. Whoever
connects from this machine is trusted, unless a test says otherwise in `pg_hba.conf`. Nothing is synced to disk: what a
restart keeps is in the memory of the kernel.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from services.missing import missing
from services.server import running

__all__ = ["PostgresServer", "postgres_server", "postgres_standby"]

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    # Its files lie in the folder of the data, and go with it.
    "dynamic_shared_memory_type": "mmap",
}
_SUPERUSER = "postgres"


@contextlib.contextmanager
def postgres_server(**settings: str) -> Iterator[PostgresServer]:
    """Run a PostgreSQL server of one's own at a free port, with some settings of `postgresql.conf`.

    Examples
    --------
    >>> with postgres_server(max_connections="20") as server:  # doctest: +SKIP
    ...     psycopg.connect(server.url())
    """
    with _kept(PostgresServer(_binaries(), settings)) as server:
        server.create()
        server.start()
        yield server


@contextlib.contextmanager
def postgres_standby(primary: PostgresServer) -> Iterator[PostgresServer]:
    """Run a server that follows another one: what that calls committed is on both.

    It is read-only until ``SELECT pg_promote()``.
    """
    with _kept(PostgresServer(_binaries(), primary.settings)) as server:
        server.follow(primary)
        server.start()
        with (primary.data / "postgresql.auto.conf").open("a") as settings:
            settings.write("synchronous_standby_names = '*'\n")
        primary.reload()
        yield server


@contextlib.contextmanager
def _kept(server: PostgresServer) -> Iterator[PostgresServer]:
    # The folder hangs on a leash of its own, for it outlives a server that is restarted.
    with running(["sleep", "infinity"], log=Path(os.devnull), answers=lambda: True, remove=server.folder):
        try:
            yield server
        finally:
            server.stop()


class PostgresServer:
    """A server and its data; see `postgres_server`.

    Attributes
    ----------
    folder : Path
        Holds the data, the log and the socket.
    data : Path
        Where `postgresql.conf` and `pg_hba.conf` lie; call `reload` after a change.
    port : int
        On 127.0.0.1.
    """

    def __init__(self, binaries: Path, settings: Mapping[str, str]) -> None:
        self.settings = {**_SETTINGS, **settings}
        # The path of a socket has 107 characters at most.
        self.folder = Path(tempfile.mkdtemp(prefix="redun-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.port = _free_port()
        self._binaries = binaries
        self._user = _user() if os.getuid() == 0 else None
        self._log = self.folder / "log"
        self._log.touch()
        self._running: AbstractContextManager[None] | None = None

    def url(self, database: str = "postgres", *, user: str = _SUPERUSER) -> str:
        """Return the URL of a database, as `db_uri` names it."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    @property
    def _process(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def pid(self) -> int:
        """The process that started all others of the server."""
        return int(self._process.read_text().split()[0])

    @property
    def log(self) -> str:
        """What the server printed."""
        return self._log.read_text(errors="replace")

    def create(self) -> None:
        """Make the data of an empty server."""
        self._make("initdb", "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def follow(self, primary: PostgresServer) -> None:
        """Copy the data of another server, so as to follow it."""
        self._make("pg_basebackup", "-R", "--checkpoint=fast", "--no-sync", "-d", primary.url())

    def _make(self, program: str, *options: str) -> None:
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        made = subprocess.run(
            self._command(program, "-D", str(self.data), *options),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self._environment(),
        )
        if made.returncode:
            raise RuntimeError(f"{program} failed:\n{made.stdout}{made.stderr}")

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = [item for name, value in self.settings.items() for item in ("-c", f"{name}={value}")]
        server = self._command("postgres", "-D", str(self.data), "-k", str(self.folder), "-h", "127.0.0.1")
        self._running = running(
            [*server, "-p", str(self.port), *options],
            log=self._log,
            answers=self.is_ready,
            environment=self._environment(),
        )
        self._running.__enter__()

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it, whoever is connected: SIGINT orderly, SIGQUIT at once, SIGKILL as if the machine had crashed."""
        if self._running is None:
            return
        with contextlib.suppress(OSError, ValueError, IndexError):
            os.kill(self.pid, how)
        self._running.__exit__(None, None, None)
        self._running = None
        # One that was killed could not remove it.
        self._process.unlink(missing_ok=True)

    def restart(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it, and start it again at the same port."""
        self.stop(how)
        self.start()

    def reload(self) -> None:
        """Let it read its configuration again."""
        os.kill(self.pid, signal.SIGHUP)

    def is_ready(self) -> bool:
        """Tell whether it takes connections, as it says itself in the file of its process."""
        with contextlib.suppress(FileNotFoundError):
            return self._process.read_text().rstrip().endswith("\nready")
        return False

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(self._binaries / program), *arguments]
        if self._user is None:
            return command
        owner = [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups"]
        return ["setpriv", *owner, *command]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}


def _binaries() -> Path:
    # Debian keeps those of each version in a folder that is on no path.
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    program = shutil.which("postgres")
    folders = [*([Path(program).resolve().parent] if program else []), *reversed(found)]
    programs = ("postgres", "initdb")
    whole = [folder for folder in folders if all((folder / name).exists() for name in programs)]
    if not whole:
        missing("PostgreSQL (postgres, initdb)", "apt-get install --no-install-recommends postgresql")
    return whole[0]


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
