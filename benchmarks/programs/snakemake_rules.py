"""Fan-out with snakemake, a file and a shell per result: `python snakemake_rules.py fan-out SIZE FOLDER`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

RULES = """
rule all:
    input: expand("{{i}}.txt", i=range({size}))

rule inc:
    output: "{{i}}.txt"
    shell: "echo $(({{wildcards.i}} + 1)) > {{output}}"
"""

if __name__ == "__main__":
    size, folder = int(sys.argv[2]), Path(sys.argv[3])
    (folder / "Snakefile").write_text(RULES.format(size=size))
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    print(json.dumps({"result": sum(int((folder / f"{i}.txt").read_text()) for i in range(size))}))
