"""Parameters and results that are secrets: to checkers they are what `Secret` holds."""

from __future__ import annotations

from redun import Secret, task


@task()
def fetch(url: str, password: Secret[str], pins: list[Secret[int]] | None = None) -> int:
    plain: str = password
    number: int = password  # refused
    return len(plain) + number


@task()
def make_token() -> Secret[str]:
    return "token"


fetch("https://lab.example", "hunter2")
fetch("https://lab.example", make_token(), pins=[1234])
fetch("https://lab.example", 3)  # refused
fetch("https://lab.example", "hunter2", pins=["a"])  # refused
length: int = fetch("u", make_token())
token: str = make_token()
wrong: int = make_token()  # refused
