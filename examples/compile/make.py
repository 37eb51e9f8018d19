"""A build in the manner of make: C sources become objects, objects become programs.

redun knows which source each program came from, so after an edit only what depends on it is built again.
"""

from __future__ import annotations

import subprocess

from redun import File, task

redun_namespace = "examples.compile"


@task
def compile(source: File) -> File:  # noqa: A001
    """Compile one C source into an object file beside it."""
    target = source.path.removesuffix(".c") + ".o"
    subprocess.run(["gcc", "-c", source.path, "-o", target], check=True)
    return File(target)


@task
def link(program: str, objects: list[File]) -> File:
    """Link object files into a program."""
    subprocess.run(["gcc", "-o", program, *(file.path for file in objects)], check=True)
    return File(program)


@task
def make_prog(program: str, sources: list[File]) -> File:
    """Build one program from its sources."""
    return link(program, [compile(source) for source in sources])


# The sources of each program. As a default argument they are part of the call: an edit of any of them is seen.
PROGRAMS = {
    "prog": [File("prog.c"), File("lib.c")],
    "prog2": [File("prog2.c"), File("lib.c")],
}


@task
def make(programs: dict[str, list[File]] = PROGRAMS) -> list[File]:
    """Build all programs."""
    return [make_prog(program, sources) for program, sources in programs.items()]
