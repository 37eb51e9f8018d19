"""Commands load what they need and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from redun_cli.main import main
sys.stdout = open("/dev/null", "w")
code = main({words})
sys.stdout = sys.__stdout__
print(json.dumps([code, sorted(sys.modules)]))
"""
RECORD = {"sqlalchemy", "alembic"}
TERMINAL = {"rich", "pygments"}
WORKFLOW = "from redun import task\n\n@task\ndef f(x: int = 1):\n    return x\n"


@pytest.mark.parametrize(
    ("words", "never"),
    [
        (["--help"], {*RECORD, *TERMINAL, "argparse"}),
        (["--version"], {*RECORD, *TERMINAL, "argparse"}),
        (["plugins"], {*RECORD, *TERMINAL}),
        (["run", "--help"], {*RECORD, *TERMINAL}),
        (["run", "wf.py"], {*RECORD, *TERMINAL}),
        (["run", "wf.py", "f"], TERMINAL),
    ],
)
def test_a_command_leaves_alone_what_it_does_not_need(
    words: list[str], never: set[str], tmp_path: Path
) -> None:
    (tmp_path / "wf.py").write_text(WORKFLOW)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(words=words)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stdout)
    assert code == 0
    assert not never & {module.partition(".")[0] for module in modules}
