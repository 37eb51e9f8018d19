"""Sealing takes all that the record needs; unsealing gives the value back."""

from __future__ import annotations

import json
import sys
import threading
import tracemalloc
import types
from typing import Any

import pytest
from hypothesis import given, settings
from redun.errors import UnhashableValueError, UnreadableValueError, UnserializableValueError
from redun.hashing.values import hash_value
from redun.value.codes import ValueFlag, ValueFormat
from redun.value.nested import Lazy
from redun.value.seal import (
    ErrorValue,
    Payload,
    is_external,
    read_payload,
    seal,
    seal_error,
    unseal,
)
from value_models import Color, Frozen, Names, Plain, Point, Record, Sample, Slotted
from value_strategies import content, values

numpy = pytest.importorskip("numpy")
MIB = 1 << 20


def stored(payload: Any) -> bytearray:
    """Return a payload as a value store would read it back."""
    return bytearray(bytes(payload))


@settings(max_examples=100)
@given(values)
def test_a_sealed_value_comes_back(value: Any) -> None:
    sealed = seal(value)
    assert content(unseal(sealed.payload, sealed.format)) == content(value)
    assert content(unseal(stored(sealed.payload), sealed.format)) == content(value)
    assert sealed.hash == hash_value(value)
    assert sealed.value is value
    assert len(sealed.preview) <= 200
    assert (sealed.flags, sealed.parts, sealed.lazy) == (0, (), False)
    assert sealed.type_name == type(value).__name__
    assert sealed.size == len(bytes(sealed.payload))


@pytest.mark.parametrize(
    "value",
    [
        Point(1, [2]),
        Sample("a", {1}),
        Frozen("f", 1),
        Record("k", (1,)),
        Names([1]),
        Color.RED,
        Slotted(1, 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects_come_back(value: Any) -> None:
    sealed = seal(value)
    again = unseal(sealed.payload, sealed.format)
    assert type(again) is type(value)
    assert hash_value(again) == sealed.hash
    assert sealed.type_name == f"value_models.{type(value).__qualname__}"


def test_bytes_are_stored_as_they_are() -> None:
    sealed = seal(b"\x00raw")
    assert (sealed.payload, sealed.format, sealed.size) == (b"\x00raw", ValueFormat.RAW, 4)
    assert unseal(bytearray(b"\x00raw"), ValueFormat.RAW) == b"\x00raw"


@pytest.mark.parametrize(
    "value",
    ["x" * 2 * MIB, b"x" * 2 * MIB, ["x" * 2 * MIB], list(range(MIB)), bytearray(2 * MIB)],
    ids=lambda value: type(value).__name__,
)
def test_large_values_are_payloads_in_pieces(value: Any) -> None:
    sealed = seal(value)
    assert isinstance(sealed.payload, Payload)
    assert sealed.payload.size == sealed.size == len(stored(sealed.payload))
    assert b"".join(sealed.payload.chunks()) == stored(sealed.payload)
    assert unseal(stored(sealed.payload), sealed.format) == unseal(sealed.payload, sealed.format) == value


def test_arrays_are_read_in_place() -> None:
    array, other = numpy.arange(300_000.0), numpy.ones((1000, 300), order="F")
    sealed = seal({"a": array, "b": [other, array]})
    assert isinstance(sealed.payload, Payload)
    data = stored(sealed.payload)
    again = read_payload(data)
    assert (again["a"] == array).all()
    assert (again["b"][0] == other).all()
    assert again["b"][1] is again["a"]
    assert again["a"].ctypes.data % 8 == 0
    # What was read lives in the bytes that were read.
    again["a"][:] = 7
    assert (read_payload(data)["a"] == 7).all()
    assert not read_payload(bytes(data))["a"].flags.writeable


def test_an_array_of_middling_size_is_plain_bytes() -> None:
    array = numpy.arange(20_000.0)
    sealed = seal(array)
    assert isinstance(sealed.payload, bytes)
    assert (unseal(sealed.payload) == array).all()
    assert (unseal(seal(array[::2]).payload) == array[::2]).all()


def test_200_megabytes_are_hashed_and_sealed_without_a_copy() -> None:
    array = numpy.ones(25_000_000)
    tracemalloc.start()
    sealed = seal({"array": array})
    written = sum(memoryview(chunk).nbytes for chunk in sealed.payload.chunks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert written == sealed.size > array.nbytes
    assert peak < 4 * MIB


def nest(depth: int) -> Any:
    value: Any = 1
    for number in range(depth):
        value = [value] if number % 2 else {"k": (value,)}
    return value


def depth_of(value: Any) -> int:
    depth = 0
    while value != 1:
        value = value[0] if isinstance(value, list) else value["k"][0]
        depth += 1
    return depth


def test_deeply_nested_values_come_back() -> None:
    sealed = seal(nest(10_000))
    assert depth_of(unseal(sealed.payload)) == 10_000
    assert sealed.preview.startswith("[{'k': ([{'k'")


class Later(Lazy):
    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __redun_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        return "later", self.parts

    @classmethod
    def __redun_unflatten__(cls, static: Any, parts: tuple[Any, ...]) -> Later:
        assert static == "later"
        return cls(*parts)

    def __redun_digest__(self) -> bytes:
        return hash_value(("later", *self.parts))


class Outside:
    """An external value that counts how it is treated."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.refreshed = 0

    def __redun_digest__(self) -> bytes:
        return hash_value(f"{self.name} {self.refreshed}")

    def __redun_refresh__(self) -> None:
        self.refreshed += 1

    def __redun_valid__(self) -> bool:
        return True


def test_lazy_values_are_flagged_and_come_back() -> None:
    sealed = seal([1, Later(2, [Later(3)])])
    assert sealed.flags == ValueFlag.LAZY
    assert sealed.lazy
    again = unseal(sealed.payload)
    assert again[1].parts[0] == 2
    assert again[1].parts[1][0].parts == (3,)
    deep: Any = 1
    for _ in range(2000):
        deep = Later(deep)
    assert seal(Later(Outside("a"), 1)).flags == ValueFlag.LAZY | ValueFlag.EXTERNAL


def test_external_values_are_refreshed_once_and_become_parts() -> None:
    one, two = Outside("one"), Outside("two")
    sealed = seal({"a": [one, (two, one)], "b": Sample("s", one), "lazy": Later([two])})
    assert sealed.flags == ValueFlag.LAZY | ValueFlag.EXTERNAL
    assert (one.refreshed, two.refreshed) == (1, 1)
    assert {part.value for part in sealed.parts} == {one, two}
    assert len(sealed.parts) == 2
    for part in sealed.parts:
        assert part.hash == hash_value(part.value)
        assert part.flags == ValueFlag.EXTERNAL
        assert unseal(part.payload).refreshed == 1
    # The hash and the payload are of the same moment.
    assert hash_value(unseal(sealed.payload)) == sealed.hash


def test_an_external_value_by_itself_has_no_parts() -> None:
    sealed = seal(Outside("alone"))
    assert (sealed.flags, sealed.parts) == (ValueFlag.EXTERNAL, ())
    assert is_external(Outside)
    assert not is_external(Plain)


def test_errors_are_sealed_as_json() -> None:
    sealed = seal_error(KeyError("missing"), "Traceback …")
    assert (sealed.format, sealed.flags, sealed.type_name) == (1, ValueFlag.ERROR, "redun.ErrorValue")
    assert json.loads(bytes(sealed.payload)) == {
        "type": "KeyError",
        "message": "'missing'",
        "traceback": "Traceback …",
    }
    assert unseal(sealed.payload, sealed.format) == ErrorValue("KeyError", "'missing'", "Traceback …")
    assert sealed.preview == "KeyError: 'missing'"
    assert (
        sealed.hash == seal_error(KeyError("missing"), "Traceback …").hash != seal_error(KeyError("x")).hash
    )


def test_an_error_that_cannot_say_what_it_is_is_sealed_too() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "RuntimeError" in unseal(seal_error(Silent()).payload, 1).message
    assert len(seal_error(ValueError("x" * 5000 + "\ud800")).preview) <= 200


class Local:
    pass


def make_local() -> Any:
    class Inner:
        pass

    return Inner()


class Unwilling:
    """Has a hash, and cannot be pickled."""

    def __redun_digest__(self) -> bytes:
        return hash_value("unwilling")

    def __reduce__(self) -> Any:
        raise TypeError("keep out")


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ({"a": [0, make_local()]}, "value['a'][1] of type", "Inner"),
        (Plain(x=[Unwilling()]), "value.x[0] of type", "keep out"),
        (Unwilling(), "value of type", "keep out"),
        ([Later(1), Unwilling()], "value[1] of type", "keep out"),
    ],
    ids=["local class", "attribute", "alone", "beside a lazy value"],
)
def test_what_cannot_be_stored_is_named_with_its_place(value: Any, where: str, what: str) -> None:
    with pytest.raises(UnserializableValueError) as caught:
        seal(value)
    assert str(caught.value).startswith(where)
    assert what in str(caught.value)
    assert caught.value.__cause__ is not None


def test_what_has_no_hash_is_not_sealed() -> None:
    with pytest.raises(UnhashableValueError, match=r"value\[0\]"):
        seal([threading.Lock()])


def test_a_class_or_module_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("short_lived")
    exec("class Kind:\n    pass\nclass Other:\n    pass", vars(module))
    monkeypatch.setitem(sys.modules, "short_lived", module)
    payload = seal([module.Kind()]).payload
    del module.Kind
    with pytest.raises(UnreadableValueError, match="Kind"):
        unseal(payload)
    monkeypatch.delitem(sys.modules, "short_lived")
    with pytest.raises(UnreadableValueError, match="short_lived"):
        unseal(payload)


def test_damaged_bytes_are_told() -> None:
    small = bytes(seal([1, "two", {3: 4}]).payload)
    large = stored(seal(numpy.arange(300_000)).payload)
    for good in (small, large):
        for damaged in (b"", good[:1], good[:20], good[:-1]):
            with pytest.raises(UnreadableValueError):
                unseal(damaged)
    with pytest.raises(UnreadableValueError):
        unseal(b"\x93redun\x01\n" + b"\xff" * 100)
    with pytest.raises(UnreadableValueError):
        unseal(b"{", ValueFormat.JSON)
    with pytest.raises(UnreadableValueError, match="format 9"):
        unseal(b"", 9)
