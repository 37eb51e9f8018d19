"""A program tries to leak random secrets in every way that it can think of; nothing of them is found anywhere."""

from __future__ import annotations

import json
import os
import random
import re
import string
import sys
import textwrap
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import warm
from click.testing import CliRunner
from redun_cli.main import redun

pytestmark = pytest.mark.slow

PROGRAM = """
import base64, html, json, logging, os, pickle, shlex, subprocess, sys, threading, time, urllib.parse
from dataclasses import dataclass
from typing import Any, NamedTuple

from redun import File, Secret, apply_tags, catch, get_context, quote, seq, script, task
from redun.functools import map_
from redun.subruns import subrun

redun_namespace = "leaks"
log = logging.getLogger("leaks")


class Carrier:
    def __init__(self, inside):
        self.inside = inside

    def __repr__(self):
        return f"<carries {self.inside}>"


class Pair(NamedTuple):
    left: str
    right: str


@dataclass
class Account:
    name: str
    key: Secret[str]


class Refused(Exception):
    pass


@task()
def show(value: Any, note: str = "") -> str:
    print(value, note)
    return type(value).__name__


@task()
def echo(value: Any) -> Any:
    return value


@task()
def fail(text: str) -> str:
    raise Refused(f"refused: {text}") from ValueError(text)


@task()
def recover(error: Exception) -> str:
    return str(len(str(error)))


@task()
def printing(secret: Secret[str]) -> int:
    for text in (
        secret, repr(secret), json.dumps({"key": secret}), base64.b64encode(secret.encode()).decode(),
        base64.b64encode(f"user:{secret}".encode()).decode(), base64.urlsafe_b64encode(secret.encode()).decode(),
        urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret), shlex.quote(secret),
        html.escape(secret), secret.encode().hex(), f"https://ada:{secret}@db:5432/x", str(secret.encode()),
    ):
        print(text)
        print(text, file=sys.stderr)
        log.warning("with %s", text)
    half = len(secret) // 2
    sys.stdout.write(secret[:half])
    sys.stdout.flush()
    time.sleep(0.01)
    sys.stdout.write(secret[half:] + "\\n")
    for char in secret:
        sys.stderr.write(char)
        sys.stderr.flush()
    sys.stderr.write("\\n")
    sys.stdout.buffer.write(secret[:half].encode())
    sys.stdout.buffer.flush()
    sys.stdout.buffer.write(secret[half:].encode() + b"\\n")
    print("x" * 40_000)
    print(secret * 3_000)
    try:
        raise Refused(secret)
    except Refused:
        log.exception("caught")
    log.error("%s %s", secret)
    thread = threading.Thread(target=print, args=(secret,))
    thread.start()
    thread.join()
    return 1


@task()
def returning(secret: Secret[str]) -> list[Any]:
    return [secret, {secret: [secret]}, Pair("a", secret), Carrier(secret), secret.encode(), {secret}, (secret,) * 3]


@task()
def lazy(secret: Secret[str]) -> Any:
    return [
        show(secret), show([secret]), show({secret: 1}), show(Carrier(secret)), show(Pair(secret, "b")),
        show(secret.encode()), show(f"token={secret}", note=secret), show(pickle.dumps(secret)),
        show(quote(echo(secret))),
        show(b"\\0" * 2_000_000 + secret.encode()), show("y" * 150 + secret), show(["z" * 100, secret]),
        echo(secret)[0] + "!", echo([secret])[0], map_(echo, [secret, 1]), map_(show.partial(note=secret), [1, 2]),
        catch(fail(secret), Refused, recover), seq([echo(secret), show(2)]),
        apply_tags(echo(1), tags=[("secret", secret)], job_tags=[("job", secret)], execution_tags=[("run", secret)]),
        show(Account("ada", secret)), echo.options(tags=[("of", secret)])(5), echo.update_context(key=secret)(7),
        subrun(show(secret), executor="default"), show(base64.b64encode(secret.encode())),
        File(f"{os.environ['OUT']}/plain"), echo(File(f"http://ada:{secret}@127.0.0.1:9/x").path),
    ]


@task(script=True)
def shell(secret: Secret[str]) -> str:
    return f"echo {shlex.quote(secret)}; echo {shlex.quote(secret)} >&2"


@task()
def from_environment() -> str:
    return os.environ["LEAK_TOKEN"] + "!"


@task()
def of_context(key: str = get_context("api.key")) -> int:
    print(key)
    return len(key)


@task(executor="processes")
def elsewhere(secret: Secret[str]) -> list[str]:
    print(secret)
    os.write(1, secret.encode() + b"\\n")
    log.warning("elsewhere %s", secret)
    return [secret]


@task()
async def waiting(secret: Secret[str]) -> Any:
    return await echo([secret])


@task()
def main(secret: Secret[str], pin: Secret[int] = 0) -> Any:
    return [
        printing(secret), returning(secret), lazy(secret), shell(secret), from_environment(), of_context(),
        elsewhere(secret), waiting(secret), echo(pin), echo([pin, str(pin)]),
    ]


@task()
def failing(secret: Secret[str]) -> Any:
    print(secret, file=sys.stderr)
    return fail([secret][0])
"""

INI = """
[backend]
db_uri = sqlite:///redun.db
[executors.processes]
type = process
max_workers = 1
[secrets]
parameters = api.key
environment = LEAK_*
[lab]
password = {password}
"""


def characters(seed: int) -> str:
    rng = random.Random(seed)
    odd = "'\"\\ $&<>%+/=\té€" if seed % 2 else "-_."
    length = rng.choice([8, 12, 24, 40])
    text = "".join(rng.choice(string.ascii_letters + string.digits + odd) for _ in range(length))
    # Found by itself, whatever else there is.
    return "Q" + text.strip() + "Z7"


def forms(secret: str) -> set[bytes]:
    data = secret.encode()
    quoted = {quote(secret, safe=""), quote_plus(secret)}
    texts = {
        secret,
        repr(secret)[1:-1],
        b64encode(data).decode(),
        urlsafe_b64encode(data).decode(),
        data.hex(),
    }
    inner = b64encode(b"user:" + data).decode()[8:-4]
    return {text.encode() for text in texts | quoted | {inner}}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_no_secret_is_found_anywhere(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, token, key, password = (characters(4 * seed + number) for number in range(4))
    pin = str(random.Random(seed).randrange(10**8, 10**9))
    (tmp_path / "workflow.py").write_text(textwrap.dedent(PROGRAM))
    configured = password.replace("$", "$$")
    (tmp_path / ".redun").mkdir()
    (tmp_path / ".redun" / "redun.ini").write_text(INI.format(password=configured))
    environ = {**os.environ, "LEAK_TOKEN": token, "OUT": str(tmp_path)}
    command = [
        sys.executable,
        "-m",
        "redun_cli",
        "run",
        "--context",
        f'api={{"key": {json.dumps(key)}}}',
        "workflow.py",
    ]
    told: list[bytes] = []
    for words in (
        ["main", "--secret", secret, f"--pin={pin}"],
        ["failing", "--secret", secret],
        *([["main", "--secret", secret, f"--pin={pin}"]] if seed > 1 else []),
    ):
        done = warm.run([*command, *words], cwd=tmp_path, env=environ, capture_output=True)
        assert done.returncode == (words[0] == "failing"), done.stderr.decode()[-3000:]
        told += [done.stdout, done.stderr]
    monkeypatch.chdir(tmp_path)
    for words in (["log"], ["log", "-"], ["log", "-", "--output"], ["log", "--job"]):
        answer = CliRunner().invoke(redun, words, catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        told.append(answer.stdout_bytes)
    (tmp_path / ".redun" / "redun.ini").unlink()
    files = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    files |= {f"stream {number}": data for number, data in enumerate(told)}
    found = [
        f"{name}: {needle!r} in {_around(data, needle)!r}"
        for one in (secret, token, key, password, pin)
        for needle in (forms(one) if one != pin else {pin.encode(), int(pin).to_bytes(4, "little")})
        for name, data in files.items()
        if needle in data
    ]
    assert not found, "\n".join(found)
    assert b"***" in told[0]
    assert re.search(rb"secret=<secret>", told[1])


def _around(data: bytes, needle: bytes) -> bytes:
    start = data.index(needle)
    return data[max(0, start - 150) : start + 60]
