"""Letters are counted in containers, by Python and by shell; a script that fails is caught."""

from __future__ import annotations

import platform
from collections import Counter

from redun import File, catch, script, task

redun_namespace = "examples.docker"


@task(executor="docker")
def letters(text: File) -> dict[str, int]:
    print("counting in", platform.node())
    return dict(Counter(letter for letter in text.read().lower() if letter.isalpha()).most_common(3))


@task(script=True, executor="docker", memory=0.25)
def words(text: File) -> str:
    return f"tr -s ' ' '\\n' < {text.path} | wc -l"


@task(executor="docker", memory=0.1)
def too_much() -> int:
    return len(bytearray(1 << 30))


@task()
def without(error: MemoryError) -> str:
    return "more memory than there is"


@task()
def main(path: str = "text.txt") -> dict[str, object]:
    text = File(path)
    return {
        "letters": letters(text),
        "words": words(text),
        "lines": script(f"wc -l < {path}", executor="docker", inputs=[text]),
        "a gigabyte": catch(too_much(), MemoryError, without),
    }
