"""Who is measured: this repository's redun, other libraries, and a program without an engine.

Each library lives in a virtual environment of its own below `.work`, made on first use. Ours is built and installed
anew for every run, as a wheel, so that what is measured is what people install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CONTESTANTS", "FLOOR", "OURS", "PROGRAMS", "REDUN_044", "SPARK", "WORK", "Contestant", "provide"]

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "benchmarks" / "programs"
WORK = ROOT / "benchmarks" / ".work"
OWN = "./packages/"


@dataclass(frozen=True)
class Contestant:
    """A library and the program that does the workloads with it.

    Attributes
    ----------
    name : str
        As shown.
    program : str
        File in `programs/`, called as `program WORK SIZE FOLDER`.
    requirements : tuple of str
        What its virtual environment holds.
    sizes : (int, int)
        Sizes between which the slope of a fan-out is taken: small ones for the slow.
    records : bool
        Whether a second run can reuse the results of the first.
    """

    name: str
    program: str
    requirements: tuple[str, ...]
    sizes: tuple[int, int] = (1_000, 10_000)
    records: bool = True
    environment: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "environment", WORK / "environments" / self.program.removesuffix(".py"))

    @property
    def built(self) -> list[str]:
        """Packages of this repository among the requirements."""
        return [name.removeprefix(OWN) for name in self.requirements if name.startswith(OWN)]

    def command(self, work: str, size: int, folder: Path) -> list[str | Path]:
        """Return the command that does a workload."""
        return [self.tool("python"), PROGRAMS / self.program, work, str(size), folder]

    def tool(self, name: str) -> Path:
        """Return the path of a command in the contestant's environment."""
        return self.environment / "bin" / name


OURS = Contestant(
    "redun",
    "ours.py",
    ("./packages/redun-core", "./packages/redun-cli", "./packages/redun-backend-postgres", "numpy"),
)
SPARK = Contestant("redun on Spark", "spark.py", ("./packages/redun-core", "./packages/redun-executor-spark"))
FLOOR = Contestant("floor (no engine)", "floor.py", ())
REDUN_044 = Contestant(
    "redun 0.44", "redun_044.py", ("redun==0.44.1", "numpy", "psycopg[binary]"), sizes=(100, 400)
)
CONTESTANTS = (
    OURS,
    FLOOR,
    REDUN_044,
    Contestant("joblib.Memory", "joblib_memory.py", ("joblib",)),
    Contestant("dask.delayed", "dask_delayed.py", ("dask",), records=False),
    Contestant("doit", "doit_tasks.py", ("doit",), sizes=(500, 2_000)),
    Contestant("luigi", "luigi_tasks.py", ("luigi",), sizes=(200, 1_000)),
    Contestant("snakemake", "snakemake_rules.py", ("snakemake",), sizes=(20, 60)),
)


def provide(contestants: Sequence[Contestant]) -> None:
    """Make the environments that are not there yet, and install ours anew."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]))
    if uv is None:
        sys.exit("The benchmarks make their environments with uv: pip install uv.")
    for contestant in contestants:
        if contestant.built or not contestant.tool("python").exists():
            install(uv, contestant)


def install(uv: str, contestant: Contestant) -> None:
    """Make the environment of a contestant and fill it."""
    folder = contestant.environment
    python = str(contestant.tool("python"))
    try:
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        if contestant.requirements:
            # A folder is built again although its version is the same.
            fresh = [word for name in contestant.built for word in ("--reinstall-package", name)]
            command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
            subprocess.run(
                [*command, *fresh, *contestant.requirements],
                cwd=ROOT,
                check=True,
            )
    except BaseException:
        # A half-made environment must not be taken for a finished one the next time.
        shutil.rmtree(folder, ignore_errors=True)
        raise
