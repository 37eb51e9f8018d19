"""The hash of a value is a function of its content, and of nothing else."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from redun.hashing.values import hash_value
from value_strategies import content, values

HERE = Path(__file__).parent


def remade(value: Any) -> Any:
    """Make an equal value that shares nothing with the first, its sets filled the other way round."""
    if isinstance(value, (list, tuple)):
        return type(value)([remade(part) for part in value])
    if isinstance(value, dict):
        return {remade(key): remade(part) for key, part in value.items()}
    if isinstance(value, (set, frozenset)):
        return type(value)(reversed([remade(part) for part in value]))
    if isinstance(value, str):
        return "".join(list(value))
    return pickle.loads(pickle.dumps(value))


@given(values)
def test_equal_content_has_an_equal_hash(value: Any) -> None:
    assert hash_value(value) == hash_value(remade(value)) == hash_value(pickle.loads(pickle.dumps(value)))


@given(values)
def test_sharing_does_not_show(value: Any) -> None:
    assert hash_value([value, value]) == hash_value([value, copy.deepcopy(value)])
    assert hash_value({"a": (value, [value])}) == hash_value({"a": (remade(value), [copy.deepcopy(value)])})


@settings(max_examples=120)
@given(values, values)
def test_hashes_differ_exactly_when_content_does(one: Any, other: Any) -> None:
    assert (hash_value(one) == hash_value(other)) == (content(one) == content(other))


@settings(max_examples=80)
@given(values, st.data())
def test_a_small_change_changes_the_hash(value: Any, data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from(_neighbours(value)))
    assert (hash_value(value) == hash_value(changed)) == (content(value) == content(changed))


def _neighbours(value: Any) -> list[Any]:
    found: list[Any] = [[value], (value,), {"a": value}, None]
    if isinstance(value, (list, tuple)):
        found += [list(value), tuple(value), value[:-1], value[::-1], type(value)([*value, 0])]
        if value:
            found += [type(value)([near, *value[1:]]) for near in _neighbours(value[0])[:4]]
    elif isinstance(value, dict):
        found += [dict(reversed(value.items())), list(value.items()), [*value, *value.values()]]
    elif isinstance(value, (set, frozenset)):
        found += [set(value), frozenset(value), list(value)]
    elif isinstance(value, (bool, int, float)):
        found += [value == 1, str(value), -value]
        found += [int(value)] if value == value and abs(value) != float("inf") else []
        found += [float(value)] if abs(value) < 1e300 else []
    elif isinstance(value, (str, bytes)):
        found += [value * 2, value[1:], bytearray(value) if isinstance(value, bytes) else value.encode()]
    return found


def test_processes_and_hash_seeds_agree() -> None:
    script = "from value_models import build; from redun.hashing.values import hash_value\n"
    script += "for seed in range(5): print(hash_value(build(seed)).hex())"
    seen: set[str] = set()
    for hash_seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(
            [sys.executable, "-c", script],
            cwd=HERE,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert len(run.stdout.split()) == 5
        seen.update(run.stdout.split())
    assert len(seen) == 1
