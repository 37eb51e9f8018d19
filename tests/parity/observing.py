"""Playing cases with an interpreter's redun, and what was observed of 0.44 on record.

0.44 does not change, so it is asked once for each case: `python tests/parity/observing.py` in the environment of
`tox -e parity-record` plays what is new or was changed, with `--all` every case, and writes `observed_044.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RECORD = HERE / "observed_044.json"

Observed = dict[str, list[dict[str, Any]]]


def cases() -> list[Any]:
    """Return the cases of all files in `cases/`."""
    return [
        case for file in sorted((HERE / "cases").glob("*.py")) for case in runpy.run_path(str(file))["CASES"]
    ]


def digest_of(case: Any) -> str:
    """Return what changes when other things are to be observed of a case."""
    return hashlib.sha256(repr((case.source, case.steps)).encode()).hexdigest()[:16]


def observe(interpreter: str, names: Sequence[str] = ()) -> Observed:
    """Play cases with an interpreter's redun: those of these names, or all."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [interpreter, str(HERE / "driver.py"), *names], capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return dict(json.loads(line) for line in done.stdout.splitlines())


def recorded(case: Any) -> list[dict[str, Any]] | None:
    """Return what was observed of a case under 0.44, None if it has never been played as it is now."""
    entry = _record().get(case.name)
    return entry["observed"] if entry is not None and entry["case"] == digest_of(case) else None


def told(seen: dict[str, Any]) -> dict[str, Any]:
    """Return what is compared: texts of errors are each implementation's own."""
    kept = {key: value for key, value in seen.items() if key != "text"}
    if kept.get("exit"):
        del kept["stdout"]
    return kept


def _record() -> dict[str, Any]:
    return json.loads(RECORD.read_text())["cases"] if RECORD.exists() else {}  # type: ignore[no-any-return]


def main(words: Sequence[str]) -> None:
    """Play cases under 0.44 and write down what was observed."""
    interpreter = os.environ["REDUN_044"]
    ask = "from importlib.metadata import version; print(version('redun'))"
    version = subprocess.check_output([interpreter, "-c", ask], text=True).strip()
    everything = cases()
    wanted = [case for case in everything if words == ["--all"] or recorded(case) is None]
    fresh = observe(interpreter, [case.name for case in wanted]) if wanted else {}
    old = _record()
    entries = {
        case.name: {"case": digest_of(case), "observed": [told(seen) for seen in fresh[case.name]]}
        if case.name in fresh
        else old[case.name]
        for case in everything
    }
    # One line for each case, so that a change shows what it changes.
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items())
    RECORD.write_text(f'{{"redun": {json.dumps(version)}, "cases": {{\n{lines}\n}}}}\n')
    print(f"{len(wanted)} of {len(everything)} cases played under redun {version}")


if __name__ == "__main__":
    main(sys.argv[1:])
