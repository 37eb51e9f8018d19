"""Makes the record of a laboratory, for questions: `python laboratory.py JOBS FOLDER`. Runs on redun 0.44 too.

Nine in ten jobs belong to one execution, most of the others to a second one, a tenth of whose jobs uses one value.
Small executions hold what people ask about: files made twelve calls deep, failures, retries, tags, output, replays, and
code that changed between two runs. The last line of output names some of it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

from redun import File, Scheduler, apply_tags, catch, namespace, task
from redun.backends.db import Argument, Execution, RedunBackendDb
from redun.config import Config

namespace("lab")

CHANGED = "changed" in sys.argv
WELLS = 999
DEEP = 12


@task
def well(plate: int, number: int) -> int:
    return plate * 1000 + number


@task
def plate(number: int, wells: int) -> list[int]:
    return [well(number, i) for i in range(wells)]


@task
def survey(plates: int, wells: int) -> list[list[int]]:
    return [plate(i, wells) for i in range(plates)]


@task(tags=[("team", "optics")])
def calibrate(instrument: str) -> dict[str, float]:
    return {"gain": 1.25, "offset": -3.0, "drift": 0.001}


@task
def correct(reading: int, calibration: dict[str, float]) -> float:
    return reading * calibration["gain"] + calibration["offset"]


@task
def smooth(reading: int) -> float:
    return reading / 2


@task
def normalise(corrected: int, smoothed: int) -> list[list[float]]:
    calibration = calibrate("scope-1")
    return [[correct(i, calibration) for i in range(corrected)], [smooth(i) for i in range(smoothed)]]


@task
def draw(path: str) -> File:
    file = File(f"{path}.0")
    file.write(f"{path}\n")
    return file


@task
def refine(file: File, step: int) -> File:
    refined = File(f"{file.path.rpartition('.')[0]}.{step}")
    refined.write(f"{file.read()}step {step}\n")
    return refined


@task
def pictures(folder: str, number: int) -> list[File]:
    made = []
    for i in range(number):
        file = draw(f"{folder}/picture-{i}")
        for step in range(1, DEEP):
            file = refine(file, step)
        made.append(file)
    return made


if CHANGED:

    @task
    def grade(sample: int) -> str:
        print("grading sample", sample)
        if sample % 5 == 4:
            raise ValueError(f"sample {sample} is broken")
        return "excellent" if sample > 90 else "fair"

else:

    @task
    def grade(sample: int) -> str:
        print("grading sample", sample)
        if sample % 5 == 4:
            raise ValueError(f"sample {sample} is broken")
        return "good" if sample > 50 else "fair"


@task
def give_up(error: Exception) -> str:
    print("gave up:", error, file=sys.stderr)
    return "unknown"


@task(retries=1)
def transmit(count: int) -> int:
    raise ConnectionError(f"nobody takes {count} grades")


@task
def screen(samples: int) -> list[str]:
    grades = [catch(grade(i), ValueError, give_up) for i in range(samples)]
    return apply_tags(grades, tags=[("quality", "checked")], job_tags=[("plate", "A7")])


@task
def send(samples: int) -> int:
    return transmit(samples)


def executions(jobs: int, folder: Path) -> dict[str, Any]:
    """Return the calls to run, by the names of their executions."""
    plates = max(jobs * 9 // 10 // (WELLS + 1), 1)
    wells = WELLS if plates > 1 else jobs * 9 // 10
    users = jobs // 100
    small = {"pictures": pictures(str(folder / "files"), 20), "screen": screen(100), "send": send(3)}
    if CHANGED:
        return {"survey again": survey(max(plates // 90, 1), wells), **small}
    return {
        "survey": survey(plates, wells),
        "normalise": normalise(users, jobs // 10 - users),
        **small,
    }


def perform(jobs: int, folder: Path) -> None:
    """Run all executions of one edition of the code."""
    scheduler = Scheduler(Config({"backend": {"db_uri": f"sqlite:///{folder / 'redun.db'}"}}))
    scheduler.load()
    for name, expression in executions(jobs, folder).items():
        with contextlib.suppress(ConnectionError):
            scheduler.run(expression, tags=[("project", "atlas"), ("stage", name)])


def names(folder: Path) -> dict[str, str]:
    """Return the ids of what there is to ask about."""
    backend = RedunBackendDb(db_uri=f"sqlite:///{folder / 'redun.db'}")
    backend.load()
    assert backend.session is not None
    stages = {
        tag.value: execution
        for execution in backend.session.query(Execution)
        for tag in execution.tags
        if tag.key == "stage"
    }
    some_plate = stages["survey"].job.child_jobs[0]
    calibration = backend.session.query(Argument).filter(Argument.arg_key == "calibration").first()
    assert calibration is not None
    return {
        "survey": stages["survey"].id,
        "normalise": stages["normalise"].id,
        "job": some_plate.child_jobs[0].id,
        "value": calibration.value_hash,
        "drawn": str(folder / "files" / "picture-3.0"),
        "refined": str(folder / "files" / f"picture-3.{DEEP - 1}"),
    }


def main(jobs: int, folder: Path) -> None:
    """Run the first edition here and the changed one in a process of its own."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\n")
    perform(jobs, folder)
    if not CHANGED:
        command = [sys.executable, __file__, str(jobs), str(folder), "changed"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(json.dumps(names(folder)))


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main(int(sys.argv[1]), Path(sys.argv[2]).resolve())
