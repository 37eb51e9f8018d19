"""Secrets in texts: which forms are found, what is left alone, pieces that are cut."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redun import Scheduler, Secret, task
from redun.recorder.batch import Batch
from redun.secrets.exceptions import redact_error
from redun.secrets.redaction import Redactor
from redun.secrets.screening import screen

pytestmark = pytest.mark.slow

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=6, max_size=40
)


def knowing(*secrets: object) -> Redactor:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return redactor


@settings(max_examples=25, deadline=None)
@given(secret=texts, before=st.binary(max_size=5), around=st.text(max_size=5))
def test_every_usual_form_is_found(secret: str, before: bytes, around: str) -> None:
    redactor = knowing(secret)
    data = secret.encode()
    for form in (
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        shlex.quote(secret),
    ):
        assert secret not in redactor.text(around + form + around)
        assert "***" in redactor.text(around + form + around)
    whole = b64encode(before + data + around.encode()).decode()
    if len(data) >= 8:
        assert "***" in redactor.text(whole)
    assert redactor.in_data(b"\0" + data)
    assert redactor.in_data(b"x" * (1 << 20) + data)


@settings(max_examples=25, deadline=None)
@given(secret=texts, cuts=st.lists(st.integers(0, 60), max_size=4), prefix=st.text("ab", max_size=3))
def test_a_stream_in_pieces(secret: str, cuts: list[int], prefix: str) -> None:
    redactor = knowing(secret)
    data = (prefix + secret + "\n").encode()
    shown, begun = b"", b""
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, end in pairwise(edges):
        piece, begun = redactor.piece(begun + data[start:end], last=end == len(data))
        shown += piece
    assert secret.encode() not in shown
    assert b"***" in shown


@pytest.mark.parametrize("short", ["", "a", "abc", None, True, 12345, b"\x00a"])
def test_what_is_too_short_is_not_looked_for(short: object) -> None:
    redactor = knowing(short)
    assert not redactor
    assert redactor.text("a abc True 12345") == "a abc True 12345"


def test_lines_and_numbers() -> None:
    redactor = knowing("first line\r\nsecond line\nend", 735_228_913)
    assert redactor.text("> first line\n> second line\n> end") == "> ***\n> ***\n> end"
    assert redactor.text("pin 735228913") == "pin ***"


def test_many_secrets_at_once() -> None:
    many = [f"token-{number * 7919:06}-of-the-lab" for number in range(300)]
    redactor = knowing(*many)
    text = " ".join(many)
    assert redactor.text(text) == " ".join(["***"] * 300)
    assert redactor.in_data(b"x" + b64encode(many[42].encode()))
    assert redactor.text("token- of the lab") == "token- of the lab"
    assert not redactor.in_text("no token-of-the-lab")


def test_what_is_cut_is_no_secret_any_more() -> None:
    redactor = knowing("correct-horse-battery")
    assert redactor.clipped("'abc correct-ho...") == "'abc ***..."
    batch = Batch()
    text = "all\ncorrect-ho\n[... 5 bytes left out ...]\nse-battery and on"
    batch.outputs.append((1, 1, 1, text, 5))
    screen(batch, redactor)
    assert batch.outputs[0][3] == "all\n***\n[... 5 bytes left out ...]\n*** and on"


def test_an_error_is_shown_without_secrets() -> None:
    @task(namespace="secret_texts", version="1")
    def connect(password: Secret[str]) -> int:
        try:
            Path(f"/nowhere/{password}").read_bytes()
        except OSError as error:
            error.add_note(f"with {password}")
            raise ConnectionError(f"{password} was refused") from error
        return 1

    scheduler = Scheduler()
    with pytest.raises(ConnectionError) as caught:
        scheduler.run(connect("correct-horse-battery"))
    shown: list[object] = [caught.value, caught.value.__cause__, caught.value.__cause__.__notes__]  # type: ignore[union-attr]
    assert scheduler.failure is not None
    shown += [scheduler.failure.message, scheduler.failure.traceback, scheduler.failure.frames]
    assert "correct-horse-battery" not in " ".join(map(str, shown))
    assert scheduler.failure.message == "*** was refused"


def test_an_error_is_shown_without_secrets_in_other_arguments_than_texts() -> None:
    secret = "correct-horse-battery"

    class Unprintable:
        def __repr__(self) -> str:
            raise RuntimeError

    unprintable = Unprintable()
    error = ValueError({"password": secret}, secret.encode(), 7, unprintable)
    error.__cause__ = FileNotFoundError(2, "No such file", Path(f"/nowhere/{secret}"))
    redact_error(error, knowing(secret))
    assert repr(error.args[:3]) == "({'password': '***'}, b'***', 7)"
    assert error.args[3] is unprintable
    assert str(error.__cause__).startswith("[Errno 2] No such file: ")
    assert secret not in repr(error.__cause__) + str(error.__cause__)
