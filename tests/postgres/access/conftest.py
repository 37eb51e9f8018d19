"""The server of the session with users who must say who they are, and for some tests with TLS."""

from __future__ import annotations

import getpass
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import psycopg
import pytest
from psycopg.sql import SQL
from services.certificates import Authority
from services.postgres import PostgresServer

PASSWORD = "open sesame's \\ & %40"
"""What `anna` has to say; every sign of it is one that somewhere means something else."""

_RULES = """\
local   all anna                peer map=me
local   all bert                peer map=me
host    all anna 127.0.0.1/32   scram-sha-256
hostssl all carl 127.0.0.1/32   cert
host    all carl 127.0.0.1/32   reject
"""


@pytest.fixture(scope="session")
def users(postgres: PostgresServer) -> PostgresServer:
    """The server with `anna` (a password), `bert` (peer, for whoever runs the tests) and `carl` (a certificate)."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(SQL("CREATE ROLE anna LOGIN PASSWORD {}").format(PASSWORD))
        connection.execute("CREATE ROLE bert LOGIN")
        connection.execute("CREATE ROLE carl LOGIN")
    rules = postgres.data / "pg_hba.conf"
    rules.write_text(_RULES + rules.read_text())
    maps = postgres.data / "pg_ident.conf"
    maps.write_text(maps.read_text() + f"me {getpass.getuser()} bert\n")
    postgres.reload()
    wait_until(lambda: not connects(postgres.url(user="anna")))
    return postgres


@attrs.frozen
class Tls:
    """Files that clients of the server need."""

    authority: Path
    other_authority: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="package")
def tls(users: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tls]:
    """Have the server speak TLS as `localhost` meanwhile."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    certificate, key = authority.sign("server", "localhost")
    for path in (certificate, key, authority.certificate):
        shutil.copy2(path, users.data)
        if os.getuid() == 0:
            owner = users.data.stat()
            os.chown(users.data / path.name, owner.st_uid, owner.st_gid)
    settings = {
        "ssl_cert_file": certificate.name,
        "ssl_key_file": key.name,
        "ssl_ca_file": "authority.pem",
        "ssl": "on",
    }
    with psycopg.connect(users.url(), autocommit=True) as connection:
        for name, value in settings.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        users.reload()
        wait_until(lambda: connects(users.url() + "?sslmode=require"))
        yield Tls(authority.certificate, Authority(folder, "stranger").certificate, *authority.sign("carl"))
        for name in settings:
            connection.execute(f"ALTER SYSTEM RESET {name}")
        users.reload()
        wait_until(lambda: not connects(users.url() + "?sslmode=require"))


def connects(url: str) -> bool:
    """Tell whether the server takes a connection."""
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until(holds: Callable[[], bool]) -> None:
    """Return when something holds; the server reads its files when it gets to it."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "waited for a minute"
        time.sleep(0.02)
