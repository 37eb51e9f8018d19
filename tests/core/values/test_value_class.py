"""The hooks of `Value` take effect where a class overrides them."""

from __future__ import annotations

import pickle
from typing import Any

from redun.hashing.digest import HASH_SIZE, Digest, digest, digest_joined, to_hex
from redun.hashing.values import hash_value
from redun.value import Value
from redun.value.seal import is_external, seal, unseal


class Bare(Value):
    def __init__(self, content: Any) -> None:
        self.content = content


class Hashed(Bare):
    type_name = "lab.Hashed"

    def get_hash(self, data: bytes | None = None) -> str:
        return f"version {self.content}"


class Hexed(Bare):
    def get_hash(self, data: bytes | None = None) -> str:
        return "ab" * HASH_SIZE


class Checked(Bare):
    def is_valid(self) -> bool:
        return self.content == "good"


class Stored(Bare):
    def serialize(self) -> bytes:
        return str(self.content).encode()

    @classmethod
    def deserialize(cls, raw_type: type, data: bytes) -> Any:
        assert raw_type is cls
        return cls(data.decode())


class Stateful(Bare):
    def __getstate__(self) -> dict[str, Any]:
        return {"content": self.content, "kept": True}

    def __setstate__(self, state: dict[str, Any]) -> None:
        assert state.pop("kept")
        vars(self).update(state)


def test_a_bare_value_is_hashed_by_content() -> None:
    assert hash_value(Bare({1, 2})) == hash_value(Bare({2, 1})) != hash_value(Bare({3}))
    assert Bare(1).get_hash() == hash_value(Bare(1)).hex()
    assert not is_external(Bare)
    assert Bare(1).is_valid()


def test_get_hash_is_used_everywhere() -> None:
    assert hash_value(Hashed(1)) == hash_value(Hashed(1)) != hash_value(Hashed(2))
    assert hash_value([Hashed(1)]) != hash_value([Hashed(2)])
    assert to_hex(hash_value(Hexed(1))) == "ab" * HASH_SIZE == to_hex(seal(Hexed(1)).hash)


def test_is_valid_makes_a_value_external() -> None:
    assert is_external(Checked)
    checked: Any = Checked("good")
    assert checked.__redun_valid__()
    sealed = seal([checked, Checked("bad")])
    assert sealed.flags == 2
    assert [part.value.content for part in sealed.parts] == ["good", "bad"]


def test_serialize_and_getstate_decide_what_is_stored() -> None:
    for value in (Stored("x"), Stateful("x")):
        assert pickle.loads(pickle.dumps([value]))[0].content == "x"
        sealed = seal({"nested": value})
        assert unseal(sealed.payload)["nested"].content == "x"
        assert hash_value(value) == hash_value(unseal(seal(value).payload))
    assert hash_value(Stored(1)) == hash_value(Stored("1"))


def test_type_names_are_not_inherited() -> None:
    class Heir(Hashed):
        pass

    assert seal(Hashed(1)).type_name == "lab.Hashed"
    assert seal(Bare(1)).type_name.endswith(".Bare")
    assert Heir.__redun_type_name__ is None  # type: ignore[attr-defined]


def test_arguments_are_parsed_by_the_class() -> None:
    assert Bare.parse_arg(Bare, "text").content == "text"


def test_digests_are_separated_by_kind_and_cut() -> None:
    assert digest(b"a", b"x") != digest(b"b", b"x")
    assert (
        len(
            {
                digest(b"a"),
                digest(b"a", b""),
                digest(b"a", b"", b""),
                digest(b"a", b"xy"),
                digest(b"a", b"x", b"y"),
            }
        )
        == 5
    )
    assert digest(b"a", memoryview(b"xy")) == digest(b"a", bytearray(b"xy")) == digest(b"a", b"xy")
    hashes = [digest(b"a", bytes([number])) for number in range(3)]
    assert (
        digest_joined(b"j", hashes) == digest_joined(b"j", iter(hashes)) != digest_joined(b"j", hashes[::-1])
    )
    streamed = Digest(b"s")
    streamed.update(b"ab")
    again = Digest(b"s")
    again.update(b"a")
    again.update(b"b")
    assert streamed.result() == again.result() != Digest(b"s").result()
