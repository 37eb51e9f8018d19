"""Fan-out with luigi, a file per result: `python luigi_tasks.py fan-out SIZE FOLDER`."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import luigi


class Inc(luigi.Task):
    x = luigi.IntParameter()
    folder = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/{self.x}")

    def run(self) -> None:
        with self.output().open("w") as stream:
            stream.write(str(self.x + 1))


if __name__ == "__main__":
    size, folder = int(sys.argv[2]), sys.argv[3]
    logging.disable(logging.CRITICAL)
    if not luigi.build(
        [Inc(x=i, folder=folder) for i in range(size)], local_scheduler=True, log_level="CRITICAL"
    ):
        raise SystemExit("luigi failed")
    print(json.dumps({"result": sum(int(Path(folder, str(i)).read_text()) for i in range(size))}))
