"""A record to make pages of: an execution that ran, the same again, and one that failed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from redun import File, Scheduler, task
from redun.config import Config

redun_namespace = "lab"

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\"'\x1b[31m\u202egnp.exe"


@task()
def trim(sample: str, folder: str) -> File:
    file = File(f"{folder}/{sample}.trimmed")
    file.write(sample)
    return file


@task()
def align(reads: File, reference: str) -> File:
    file = File(reads.path.replace(".trimmed", ".bam"))
    file.write(reads.read() + reference)
    return file


@task()
def check(bam: File, wanted: str) -> int:
    print("checking", bam.path.rpartition("/")[2])
    print("careful:", HOSTILE, file=sys.stderr)
    if wanted in bam.read():
        raise ValueError(f"{wanted} is in {bam.path.rpartition('/')[2]}: {HOSTILE}")
    return len(bam.read())


@task()
def sample_of(sample: str, folder: str, wanted: str) -> list[object]:
    bam = align(trim(sample, folder), "GRCh38")
    return [bam, check(bam, wanted)]


@task()
def main(samples: list[str], folder: str, wanted: str = "nothing") -> list[object]:
    return [sample_of(sample, folder, wanted) for sample in samples]


def make(folder: Path) -> Path:
    """Make the record and return its path."""
    path = folder / "redun.db"
    scheduler = Scheduler(Config({"backend": {"db_uri": f"sqlite:///{path}"}}))
    try:
        calls: list[tuple[Any, list[tuple[str, Any]]]] = [
            (
                main(["s1", "s2", "s3"], str(folder)),
                [("user", "ada"), ("doc", "A first <b>look</b>"), ("n", 3)],
            ),
            (main(["s1", "s2", "s3"], str(folder)), []),
            (main(["s1", "s2", "s3", "s4"], str(folder), "s3"), [("git_commit", "1f" * 20)]),
        ]
        for number, (call, tags) in enumerate(calls):
            argv = ["redun", "run", "lab.py", "main", "--samples", f"number {number}"]
            try:
                scheduler.run(call, exec_argv=argv, tags=tags, keep_going=True)
            except ValueError:
                continue
    finally:
        scheduler.close()
    return path
