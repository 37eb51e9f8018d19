"""The distribution is found as a plugin; nothing of PostgreSQL is imported before it is used, and it needs no more."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires

PROGRAM = """
import sys
from redun.host.host import Host
host = Host()
host.load_plugins()
kinds = {spec.scheme for spec in host.recorders()}
print({"postgresql", "sqlite"} <= kinds, "psycopg" in sys.modules, "sqlalchemy" in sys.modules)
from redun_backend_postgres.recorder import PostgresRecorder
print("psycopg" in sys.modules, "sqlalchemy" in sys.modules, "boto3" in sys.modules)
"""


def test_plugin_is_found_and_a_recorder_needs_the_driver_alone() -> None:
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert shown.stdout.splitlines() == ["True False False", "True False False"], shown.stderr


def test_it_declares_what_it_needs() -> None:
    named = {
        text.split(">")[0] for text in requires("redun-backend-postgres") or () if "extra ==" not in text
    }
    assert named == {"redun-core", "sqlalchemy", "psycopg[binary]"}
