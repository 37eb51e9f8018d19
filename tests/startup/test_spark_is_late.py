"""Nothing of Spark is loaded, and no Java looked for, before a call is submitted to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKFLOW = """
from redun import task
from redun_executor_spark import get_spark_context, get_spark_session, sql_query, udf
from redun.glue import get_spark_session as old_name

redun_namespace = "late"

@udf
def double(x: int) -> int:
    return 2 * x

@task(executor="spark")
def rows() -> int:
    return get_spark_session().range(3).count()

@task
def main(x: int) -> int:
    return double(x)
"""
INI = "[executors.spark]\ntype = spark\nmaster = spark://nowhere.invalid:7077\nexecutor_memory = 4g\n"
COMMAND = """
import sys
from redun_cli.main import main
try:
    main({words!r})
except SystemExit:
    pass
loaded = {{name.partition(".")[0] for name in sys.modules}}
assert not loaded & {{"pyspark", "py4j", "pandas", "pyarrow", "grpc"}}, loaded
"""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("run workflow.py main --x 21", "42"),
        ("run --dry-run workflow.py main --x 21", "the task was never called before"),
        ("run workflow.py --help", "Usage:"),
        ("plugins", "spark"),
        ("--help", "Usage:"),
    ],
)
def test_commands_load_nothing_of_spark(command: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "workflow.py").write_text(WORKFLOW)
    (tmp_path / ".redun").mkdir()
    (tmp_path / ".redun" / "redun.ini").write_text(INI)
    # Whoever looked for Java would find one that cannot be run.
    environment = {**os.environ, "JAVA_HOME": str(tmp_path / "none"), "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND.format(words=command.split())],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout + done.stderr
