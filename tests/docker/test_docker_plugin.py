"""The distribution is found as a plugin, and nothing of the engine's library is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from redun import Scheduler, task
from redun.host import Host
host = Host()
host.load_plugins()
print("docker" in [origin.name for origin in host.plugins()], host.failures(), "docker" in sys.modules)

@task(script=True, executor="docker", image="my-image", user="1000", network="none", pull_policy="never")
def step():
    return "echo"

Scheduler({"executors.docker": {"type": "docker", "image": "my-image"}}).executors["docker"]
print("docker" in sys.modules, "click" in sys.modules)
"""


def test_nothing_is_imported_that_is_not_needed() -> None:
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert shown.stdout.split("\n")[:2] == ["True [] False", "False False"], shown.stdout + shown.stderr
    assert "option" not in shown.stderr
