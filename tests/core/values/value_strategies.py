"""Random values, and what their content is."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-2, max_value=2),
    st.floats(),
    st.sampled_from([0.0, -0.0, 1.0, 2.0]),
    st.text(max_size=8),
    st.sampled_from(["", "a", "x" * 127, "x" * 128, "x" * 129, "x" * 200]),
    st.binary(max_size=8),
    st.complex_numbers(),
)
keys = st.one_of(
    st.integers(), st.booleans(), st.text(max_size=4), st.tuples(st.integers(), st.text(max_size=2))
)
hashable = st.recursive(
    atoms, lambda inner: st.one_of(st.tuples(inner, inner), st.frozensets(inner, max_size=4)), max_leaves=6
)
values = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=12),
        st.tuples(inner),
        st.tuples(inner, inner),
        st.dictionaries(keys, inner, max_size=5),
        st.sets(hashable, max_size=5),
        st.frozensets(hashable, max_size=5),
        st.lists(st.integers(), min_size=7, max_size=9),
        st.lists(st.floats(), min_size=7, max_size=9),
    ),
    max_leaves=25,
)


def content(value: Any) -> Any:
    """Say what a value holds in a form whose equality is that of content: the model that hashes are held to."""
    kind = type(value).__name__
    if isinstance(value, (list, tuple)):
        return kind, tuple(content(part) for part in value)
    if isinstance(value, dict):
        return kind, tuple((content(key), content(part)) for key, part in value.items())
    if isinstance(value, (set, frozenset)):
        return kind, frozenset(content(part) for part in value)
    if isinstance(value, float):
        return kind, "nan" if value != value else value.hex()
    if isinstance(value, complex):
        return kind, content(value.real), content(value.imag)
    return kind, value
