"""Damaged and poisoned exports are refused with the line named, and nothing is changed."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from redun.errors import RecorderError
from redun.transfer.repository import export_records, import_records, open_source
from redun.transfer.selection import EVERYTHING
from redun.transfer.target import Target

from tests.core.transfer.transfer_content import dump

pytestmark = pytest.mark.slow

Change = Callable[[dict[str, Any]], None]
OTHER = "00" * 20


@pytest.fixture(scope="module")
def lines(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    file = tmp_path_factory.mktemp("exported") / "run.jsonl"
    source = open_source(recorded)
    export_records(source, EVERYTHING, file)
    source.database.close()
    return file.read_bytes().splitlines(keepends=True)


@pytest.fixture
def refused(ours: Path, tmp_path: Path) -> Callable[[bytes], str]:
    """Import bytes, which must fail and change nothing; return the message."""
    with Target(ours, "redun import", trusted=True):
        before = dump(ours)

    def refusing(content: bytes, name: str = "run.jsonl") -> str:
        file = tmp_path / name
        file.write_bytes(content)
        with Target(ours, "redun import", trusted=True) as target, pytest.raises(RecorderError) as caught:
            import_records(file, target, mark=name)
        assert dump(ours) == before
        assert not (ours.parent / "values").exists()
        assert not list(ours.parent.glob("incoming-*"))
        message = str(caught.value)
        assert message.endswith("Nothing was imported.")
        return message.removeprefix(f"{file}, ")

    return refusing


def whole(documents: list[dict[str, Any]]) -> bytes:
    """Return a file with a right footer, whatever it holds."""
    text = b"".join(json.dumps(document, separators=(",", ":")).encode() + b"\n" for document in documents)
    count = sum(document["kind"] not in ("redun export", "piece") for document in documents)
    footer = {"kind": "end", "records": count, "digest": blake2b(text, digest_size=20).hexdigest()}
    return text + json.dumps(footer).encode() + b"\n"


def documents_of(lines: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines[:-1]]


def poisoned(lines: list[bytes], kind: str, change: Change, where: Callable[[dict[str, Any]], bool]) -> bytes:
    documents = documents_of(lines)
    change(next(document for document in documents if document["kind"] == kind and where(document)))
    return whole(documents)


def test_the_footer_of_the_tests_is_right(lines: list[bytes], ours: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    file.write_bytes(whole(documents_of(lines)))
    with Target(ours, "redun import", trusted=True) as target:
        assert import_records(file, target, mark="run").new > 20


def test_cut_at_any_line(lines: list[bytes], refused: Callable[[bytes], str]) -> None:
    for count in sorted({1, 2, len(lines) // 2, len(lines) - 1}):
        assert "the file ends without its last line" in refused(b"".join(lines[:count]))
    assert "cut in the middle of this line" in refused(b"".join(lines)[:-20])
    assert "its first line is not a header" in refused(b"")


def test_cut_compressed(lines: list[bytes], refused: Callable[..., str]) -> None:
    packed = gzip.compress(b"".join(lines))
    assert "cannot be read" in refused(packed[: len(packed) // 2], name="run.jsonl.gz")


def test_flipped_bits(lines: list[bytes], refused: Callable[[bytes], str]) -> None:
    content = b"".join(line for line in lines if len(line) < 5000)
    step = max(1, len(content) // 60)
    for place in range(step, len(content), step):
        damaged = bytearray(content)
        damaged[place] ^= 1
        assert refused(bytes(damaged)).startswith("line ")


def test_more_after_the_end(lines: list[bytes], refused: Callable[[bytes], str]) -> None:
    assert "there is more after the last line" in refused(b"".join(lines) + lines[1])


def test_a_missing_line(lines: list[bytes], refused: Callable[[bytes], str]) -> None:
    assert "records and has" in refused(b"".join([*lines[:1], *lines[2:]]))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"kind": "redun export", "format": 2}, "it has format 2, and this redun reads format 1"),
        ({"kind": "value"}, "its first line is not a header"),
    ],
)
def test_another_header(
    header: dict[str, Any], message: str, lines: list[bytes], refused: Callable[[bytes], str]
) -> None:
    assert message in refused(whole([header, *documents_of(lines)[1:]]))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"[" * 100_000 + b"\n", "is no JSON"),
        (b"[1]\n", "the line is no JSON object"),
        (b'{"kind":"job"}\n', "the job has no field 'execution'"),
        (b'{"kind":["job"]}\n', "is no kind of record"),
        (b'{"kind":"code","hash":"xy","text":""}\n', "'xy' is not made of hexadecimal digits"),
        (b'{"kind":"code","hash":"00","text":""}\n', "has not 40 hexadecimal digits"),
        (b'{"kind":"code","hash":"%s","text":"\\ud800"}\n' % OTHER.encode(), "half of a surrogate pair"),
        (
            b'{"kind":"code","hash":"%s","text":"","x":1}\n' % OTHER.encode(),
            "has a field 'x', which none has",
        ),
        (
            b'{"kind":"file","path":"../../etc/passwd","value":"../../x"}\n',
            "is not made of hexadecimal digits",
        ),
    ],
)
def test_a_line_that_is_no_record(
    line: bytes, message: str, lines: list[bytes], refused: Callable[[bytes], str]
) -> None:
    said = refused(lines[0] + line)
    assert said.startswith("line 2: ")
    assert message in said


def swap(key: str, value: object) -> Change:
    return lambda document: document.update({key: value})


def everywhere(_document: dict[str, Any]) -> bool:
    return True


POISON: list[tuple[str, Change, Callable[[dict[str, Any]], bool], str]] = [
    (
        "call",
        swap("value", OTHER),
        lambda call: call["task_set"] is None,
        "its key, result and children have another hash",
    ),
    (
        "call",
        swap("value", OTHER),
        lambda call: call["task_set"] is not None,
        "neither here nor in the record",
    ),
    (
        "call",
        swap("hash", OTHER),
        lambda call: bool(call["children"]),
        "which is neither here nor in the record",
    ),
    ("call", lambda call: call["children"].pop(), lambda call: len(call["children"]) > 1, "has another hash"),
    ("call", swap("task", OTHER), everywhere, "names the task 0000"),
    ("call", swap("failed", 7), everywhere, "7 is none of 0, 1"),
    ("evaluation", swap("task", OTHER), everywhere, "its task and arguments have another hash"),
    ("evaluation", swap("result", OTHER), everywhere, "names the value 0000"),
    ("evaluation", swap("flows", [[0, OTHER]]), everywhere, "names the call 0000"),
    ("evaluation", swap("hash", OTHER), everywhere, "its task and arguments have another hash"),
    ("task_set", swap("tasks", [OTHER]), everywhere, "its tasks have another hash"),
    (
        "value",
        swap("payload", "AAAA"),
        lambda value: value["format"] == 1,
        "its payload has another hash or size",
    ),
    ("value", swap("size", 10**7), lambda value: value["pieces"] > 0, "cannot make its 10000000 bytes"),
    ("value", swap("size", -1), everywhere, "-1 is not between 0"),
    ("value", swap("size", 1.5), everywhere, "1.5 is no whole number"),
    ("value", swap("parts", [OTHER]), everywhere, "names the value 0000"),
    ("value", swap("format", 9), everywhere, "9 is none of 0, 1, 2"),
    ("value", swap("payload", "!"), lambda value: value["payload"] is not None, "'!' is not in base 64"),
    ("job", swap("number", 2**40), everywhere, "is not between 0 and 2147483647"),
    ("job", swap("parent", 99), lambda job: job["parent"] is not None, "its parent 99 was made after it"),
    ("job", swap("call", OTHER), everywhere, "names the call 0000"),
    ("job", swap("execution", "00" * 16), everywhere, "which is not here"),
    ("job", swap("eval_hash", OTHER), everywhere, "has the job's key 0000"),
    ("job", swap("status", 6), everywhere, "6 is not between 0 and 5"),
    ("output", swap("number", 99), everywhere, "the output is one of a job 99"),
    ("execution", swap("argv", "[1]"), everywhere, "is no JSON list of texts"),
    ("execution", swap("status", 2), everywhere, "2 is none of 0, 1, 3, 4, 5"),
    ("tag", swap("value", "[" * 80 + "]" * 80), everywhere, "is nested more than 64 deep"),
    ("tag", swap("entity", "execution"), lambda tag: tag["entity"] == "job", "is the id of no execution"),
    ("tag", swap("id", OTHER), lambda tag: tag["entity"] == "job", "names the job 0000"),
    ("task", swap("parameters", "{}"), everywhere, "is no JSON list of texts"),
]


@pytest.mark.parametrize(
    ("kind", "change", "where", "message"), POISON, ids=lambda item: item if isinstance(item, str) else ""
)
def test_a_record_that_lies(
    kind: str,
    change: Change,
    where: Callable[[dict[str, Any]], bool],
    message: str,
    lines: list[bytes],
    refused: Callable[[bytes], str],
) -> None:
    said = refused(poisoned(lines, kind, change, where))
    assert said.startswith("line ")
    assert message in said


def test_a_piece_that_lies(lines: list[bytes], refused: Callable[[bytes], str]) -> None:
    documents = documents_of(lines)
    places = [place for place, document in enumerate(documents) if document["kind"] == "piece"]
    raw = next(place for place in places if documents[place - 1].get("format") == 2)
    data = documents[raw]["data"]
    documents[raw]["data"] = "AAAA" + data[4:]
    assert "its payload has another hash" in refused(whole(documents))
    documents[raw]["data"] = data[:-4]
    assert "its pieces do not make" in refused(whole(documents))
    del documents[raw : raw + 2]
    assert "here should be a piece of a payload" in refused(whole(documents))


class Trap:
    """Unpickling it creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (self.path, "w"))


def test_pickles_are_not_looked_into(
    lines: list[bytes], ours: Path, tmp_path: Path, runner: Callable[..., int]
) -> None:
    import base64

    trap = pickle.dumps(Trap(tmp_path / "executed"))
    documents = documents_of(lines)
    for document in documents:
        if document["kind"] == "value" and document["payload"] is not None and document["format"] == 0:
            document["payload"], document["size"] = base64.b64encode(trap).decode(), len(trap)
    file = tmp_path / "run.jsonl"
    file.write_bytes(whole(documents))
    with Target(ours, "redun import", trusted=False) as target:
        assert import_records(file, target, mark="run").new > 20
    assert runner(ours, size=1_200_000) == 9
    assert not (tmp_path / "executed").exists()
