"""Nobody looks for secrets where nobody wrote `Secret`; where somebody did, in whatever way, they are found."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from redun import Scheduler, task
from redun.scheduler.evaluator import Evaluator

kept = []
Evaluator._keep_secrets = lambda self, vault, keep=Evaluator._keep_secrets: (kept.append(1), keep(self, vault))

@task(version="1")
def plain(x: int) -> int:
    return x

scheduler = Scheduler()
assert scheduler.run([plain(1), plain(2)]) == [1, 2]
assert not kept and "redun.task.secrets" not in sys.modules

@task(version="1")
def late(x: int, password: "OnlyForCheckers.Secret[str]") -> int:
    print("with", password)
    return x

assert scheduler.run(late(1, "correct-horse-battery")) == 1
assert kept
print(scheduler.without_secrets("correct-horse-battery"))
scheduler.keep_secret(["of-the-program"])
scheduler.run(plain(3))
print(scheduler.without_secrets("of-the-program"))
"""


def test_an_execution_without_secrets_does_not_look_for_any() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "with ***\n***\n***\n"
