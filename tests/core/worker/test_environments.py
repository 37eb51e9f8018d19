"""Workers whose environment is not that of the scheduler."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from redun.errors import ExecutorError
from services.missing import missing
from services.venv import worker_venv

ELSEWHERE = """
from redun import task

@task(executor="courier")
def where():
    import importlib.util, sys
    return sys.prefix, [name for name in ("click", "boto3", "pytest") if importlib.util.find_spec(name)]
"""


@pytest.mark.slow
def test_a_worker_needs_no_more_than_redun_core(
    courier: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = worker_venv("redun-core")
    project = tmp_path / "project"
    project.mkdir()
    (project / "elsewhere_tasks.py").write_text(ELSEWHERE)
    executor = courier(python=str(environment / "bin" / "python"), code_package="true")
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    import elsewhere_tasks  # type: ignore[import-not-found]

    executor.folder = str(tmp_path)
    executor.environment = {"PYTHONPATH": "", "TMPDIR": str(tmp_path)}
    prefix, found = run(executor, elsewhere_tasks.where())
    assert (Path(prefix), found) == (environment, [])


def other_python() -> tuple[str, str]:
    """Another minor version that redun supports, and its interpreter."""
    versions = [f"3.{minor}" for minor in (13, 12, 11) if minor != sys.version_info.minor]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in versions:
        installed = [str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/python{version}"))]
        found = installed or [shutil.which(f"python{version}")]
        if found[0] is not None:
            return version, found[0]
    return missing("another Python", f"install one of {versions}")


@pytest.mark.slow
def test_a_worker_of_another_python_is_told(courier: Any, sample: Any, run: Any) -> None:
    version, interpreter = other_python()
    executor = courier(python=str(worker_venv("redun-core", python=interpreter) / "bin" / "python"))
    executor.manifest = lambda manifest: {**manifest, "redun": "0.9"}
    with pytest.raises(ExecutorError) as raised:
        run(executor, sample.double(1))
    assert f"  - Python is {version}, and 3." in str(raised.value)
    assert ", and 0.9 at the scheduler's" in str(raised.value)
    assert executor.ended[0].returncode == 0
