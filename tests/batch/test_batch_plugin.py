"""The distribution is found as a plugin, and loading it imports nothing of AWS."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from redun.host import Host
host = Host()
host.load_plugins()
print("aws_batch" in [origin.name for origin in host.plugins()], host.failures(), "boto3" in sys.modules)
"""


def test_plugin_is_found_and_loads_without_boto3() -> None:
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert shown.stdout.split("\n")[0] == "True [] False", shown.stdout + shown.stderr
