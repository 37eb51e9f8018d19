"""What importing redun and starting the command load: budgets that only go down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SERVICES = {"boto3", "botocore", "docker", "psycopg", "pyspark"}
DATABASE = {"alembic", "sqlalchemy"}

# What is run, how many modules it may load, and which never.
BUDGETS = {
    "import redun": ("import redun", 150, {"sqlalchemy", "pluggy", "click", "alembic", "rich", *SERVICES}),
    "from redun import task, File": (
        "from redun import Dir, File, namespace, task",
        150,
        {"sqlalchemy", "pluggy", "click", "alembic", "rich", *SERVICES},
    ),
    "import redun.plugin": ("import redun.plugin", 200, {*DATABASE, "click", "rich", *SERVICES}),
    "redun --help": (
        "import redun_cli.main, sys; redun_cli.main.main(['--help'])",
        300,
        {*DATABASE, "numpy", "asyncio", *SERVICES},
    ),
    "redun --version": (
        "import redun_cli.main, sys; redun_cli.main.main(['--version'])",
        300,
        {*DATABASE, "numpy", "asyncio", *SERVICES},
    ),
}
COUNT = """
import sys
before = set(sys.modules)
{code}
import json
print("\\n" + json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.mark.parametrize("name", BUDGETS)
def test_budget(name: str, tmp_path: Path) -> None:
    code, most, never = BUDGETS[name]
    loaded = modules_loaded_by(code, tmp_path)
    assert not never & {module.partition(".")[0] for module in loaded}
    assert len(loaded) <= most, sorted(loaded)


def modules_loaded_by(code: str, folder: Path) -> set[str]:
    """Return the modules that a program loads beyond those that the interpreter starts with."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", COUNT.format(code=code)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))
