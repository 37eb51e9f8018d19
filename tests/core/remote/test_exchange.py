"""Where the scratch folder is."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.config import Config
from redun.executors.equipment import Equipment
from redun.executors.remote.exchange import Exchange


@pytest.mark.parametrize(
    ("configdir", "scratch", "found"),
    [
        ("/project/.redun", "scratch", "/project/.redun/scratch"),
        ("/project/.redun", "../scratch/", "/project/scratch"),
        (".redun", "../scratch", "/project/scratch"),
        (None, "./scratch//jobs", "/project/scratch/jobs"),
        ("/project/.redun", "/shared/./scratch", "/shared/scratch"),
        ("/project/.redun", "~/scratch", str(Path.home() / "scratch")),
        ("/project/.redun", "file:///shared/scratch", "/shared/scratch"),
        ("/project/.redun", "s3://bucket/a/../b/", "s3://bucket/a/../b"),
    ],
)
def test_a_scratch_folder_is_found_as_other_paths_of_the_configuration(
    configdir: str | None, scratch: str, found: str
) -> None:
    equipment = Equipment(Config(configdir=configdir), "/project", dict)
    assert Exchange(scratch, equipment).scratch == found
