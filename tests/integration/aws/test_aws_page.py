"""docs/aws.md: its commands print what it shows, and have the options that it lists."""

from __future__ import annotations

import re
import time
from pathlib import Path

import click
import pytest
from redun_executor_batch.plugin import redun_commands

from .conftest import Project

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "aws.md").read_text()
EXAMPLES = re.findall(r"^```text\n\$ redun (aws [^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TABLE = re.compile(
    r"^\| option of `redun (?P<command>[^`]+)` \|[^\n]*\n\|[-|]+\n(?P<rows>(?:\|[^\n]*\n)+)", re.M
)
COMMANDS = {spec.path: spec.target for spec in redun_commands()}


def load(target: str) -> click.Command:
    import pkgutil

    found = pkgutil.resolve_name(target)
    assert isinstance(found, click.Command)
    return found


def timeless(text: str) -> str:
    """Replace what differs from run to run."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<batch job>", text)
    text = re.sub(r"(stream )\S+", r"\1<stream>", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", "<time>", text)
    text = re.sub(r" +\d+[smhd]  batch", " <age>  batch", text)
    return re.sub(r"s3://[\w-]+/", "s3://<bucket>/", text)


def test_commands_print_what_the_page_shows(project: Project) -> None:
    execution = "3f9a2b1c" * 4
    for name in ("code/0123456789.tar.gz", f"jobs/{'0' * 40}/1/job"):
        project.client("s3").put_object(Bucket=project.bucket, Key=f"redun/{name}", Body=b"x")
    project.server.set_slots(1)
    try:
        script = "echo counting chr1; echo counting chr2; sleep 60"
        counting = project.submit("sh", "-c", script, redun_job=f"{execution}.17", task="rna.count")
        while project.describe(counting)["status"] != "RUNNING":
            time.sleep(0.05)
        project.submit("sleep", "60", redun_job=execution, size=8, task="rna.align")
        time.sleep(0.5)
        assert len(EXAMPLES) == len(COMMANDS)
        for command, expected in EXAMPLES:
            assert timeless(project.redun(*command.split()).stdout) == timeless(expected)
    finally:
        project.server.set_slots(4)


@pytest.mark.parametrize("path", COMMANDS)
def test_options_are_those_of_the_command(path: str) -> None:
    (rows,) = [found["rows"] for found in TABLE.finditer(PAGE) if found["command"] == path]
    written = {
        option for row in rows.splitlines() for option in re.findall(r"`(--?[\w-]+)`", row.split("|")[1])
    }
    params = load(COMMANDS[path]).params
    assert written == {option for param in params for option in param.opts}
    assert f"## `redun {path}`" in PAGE
