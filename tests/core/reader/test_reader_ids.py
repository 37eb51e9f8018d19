from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redun.recorder.ids import HASH_BYTES, Reference, job_id, parse, prefix_range, short


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-", Reference(back=1)),
        ("-.3", Reference(back=1, job=3)),
        ("~2", Reference(back=2)),
        ("~12.7", Reference(back=12, job=7)),
        ("3f9a", Reference(prefix="3f9a")),
        ("3F9A2B1C.17", Reference(prefix="3f9a2b1c", job=17)),
        ("a" * 40, Reference(prefix="a" * 40)),
    ],
)
def test_what_looks_like_an_id_is_one(text: str, expected: Reference) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "~0", "~", "--", "-3", "prog.c", "a" * 41, "demo.link", "3f9a.", "3f9a.x", "²"]
)
def test_everything_else_is_a_name_or_a_path(text: str) -> None:
    assert parse(text) is None


@given(
    st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES),
    st.integers(1, 2 * HASH_BYTES),
    st.binary(min_size=20),
)
def test_a_range_holds_exactly_the_ids_with_the_prefix(identity: bytes, digits: int, other: bytes) -> None:
    bounds = prefix_range(identity.hex()[:digits], HASH_BYTES)
    assert bounds is not None
    assert bounds[0] <= identity <= bounds[1]
    other = other[:HASH_BYTES]
    assert (bounds[0] <= other <= bounds[1]) == (other.hex()[:digits] == identity.hex()[:digits])


def test_a_prefix_longer_than_the_id_has_no_range() -> None:
    assert prefix_range("a" * 33, 16) is None


def test_short_forms() -> None:
    identity = bytes.fromhex("3f9a2b1c" + "00" * 12)
    assert short(identity) == "3f9a2b1c"
    assert job_id(identity, 17) == "3f9a2b1c.17"
    assert job_id(identity, 17, full=True) == identity.hex() + ".17"
