"""What an example needs, and the local servers that it runs against.

`examples/NAME/example.toml` says what is not as usual:

- `distributions`: what is installed; redun-cli by default.
- `requirements`: further packages.
- `commands`: what is run, in the example's folder; `redun run workflow.py main` by default.
- `programs`: programs of the system, with what brings them.
- `servers`: "batch" (with S3) and "docker", a container engine.
- `buckets`: buckets of S3 that are there.
- `images`: images of containers, each with the distributions that it holds. Batch runs them by the engine, or without
  one in virtual environments.
- `hint`: a line to end with.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["Example", "read_example", "serve"]


@dataclasses.dataclass(frozen=True)
class Example:
    """A folder of `examples/` and what it takes to run it."""

    folder: Path
    distributions: Sequence[str] = ("redun-cli",)
    requirements: Sequence[str] = ()
    commands: Sequence[str] = ("redun run workflow.py main",)
    programs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    servers: Sequence[str] = ()
    buckets: Sequence[str] = ()
    images: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    hint: str = ""

    def check_programs(self) -> None:
        """Exit with a message if a program is missing."""
        for program, remedy in self.programs.items():
            if shutil.which(program) is None:
                sys.exit(f"The example {self.folder.name} needs {program}: {remedy}")


def read_example(examples: Path, name: str) -> Example:
    """Return an example; exit with the names of all if there is none of this name."""
    folder = examples / name
    described = folder / "example.toml"
    if not described.exists() and not (folder / "workflow.py").exists():
        known = ", ".join(sorted(path.name for path in examples.iterdir() if path.is_dir()))
        sys.exit(f"There is no example {name!r} to run; there are {known}.")
    return Example(folder, **tomllib.loads(described.read_text()) if described.exists() else {})


@contextlib.contextmanager
def serve(example: Example) -> Iterator[dict[str, str]]:
    """Run the servers; yield the variables by which the commands find them."""
    if not example.servers:
        yield {}
        return
    from services.batch import batch_server
    from services.engine import any_engine
    from services.missing import MissingComponent
    from services.venv import worker_venv

    variables: dict[str, str] = {}
    try:
        with contextlib.ExitStack() as stack:
            venvs = {name: worker_venv(*held) for name, held in example.images.items()}
            engine = None
            if "docker" in example.servers:
                engine = stack.enter_context(any_engine(images=False))
                variables |= engine.environment()
                for name, venv in venvs.items():
                    engine.load_worker(name, venv)
            if "batch" in example.servers:
                targets = {name: f"container:{name}" if engine else str(venv) for name, venv in venvs.items()}
                batch = stack.enter_context(batch_server(targets, engine=engine.host if engine else None))
                variables |= batch.environment()
                for bucket in example.buckets:
                    batch.create_bucket(bucket)
            yield variables
    except MissingComponent as error:
        sys.exit(f"The example {example.folder.name}: {error}")
