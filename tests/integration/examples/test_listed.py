"""Every example has a page, is listed, and is run by a test."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def examples() -> set[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "examples"]
    paths = [Path(line) for line in subprocess.check_output(listed, cwd=ROOT, text=True).splitlines()]
    return {path.parts[1] for path in paths if len(path.parts) > 2}


def test_every_example_is_listed_with_its_page() -> None:
    listing = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w+)/README\.md\)", listing)) == examples()
    for name in examples():
        assert (ROOT / "examples" / name / "README.md").is_file()


def test_every_example_is_run_by_a_test() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests/integration").rglob("test_*_example*.py"))
    tests += "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert not [name for name in examples() if f'"{name}"' not in tests]
