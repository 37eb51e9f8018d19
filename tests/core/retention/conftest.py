from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# So that tests and the processes that they start can import `retention_work`.
sys.path.insert(0, str(HERE))

from retention_work import run_everything  # noqa: E402


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of three executions that share some of what they did; not to be changed."""
    database = tmp_path_factory.mktemp("model") / "record" / "redun.db"
    run_everything(database, [1, 2], tags=[("stage", 1)])
    run_everything(database, [2, 3], tags=[("stage", 2)])
    run_everything(database, [3, 4], tags=[("stage", 2), ("good", True)])
    return database


@pytest.fixture
def copied(model: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes copies of the record to work on."""
    number = 0

    def copy() -> Path:
        nonlocal number
        number += 1
        folder = tmp_path / f"copy{number}"
        shutil.copytree(model.parent, folder)
        return folder / "redun.db"

    return copy


@pytest.fixture
def database(copied: Callable[[], Path]) -> Path:
    return copied()
