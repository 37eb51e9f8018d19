"""Tables of pandas, polars and pyarrow: equal content has an equal hash, storing keeps it, buffers are not copied."""

from __future__ import annotations

import datetime
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redun import Scheduler, task
from redun.config import Config
from redun.hashing.values import hash_value
from redun.value.seal import Payload, seal, unseal

CELL = {
    "int": st.none() | st.integers(-5, 5),
    "float": st.none() | st.floats(-1, 1, width=32),
    "text": st.none() | st.text("ab\u00e9", max_size=3),
    "flag": st.none() | st.booleans(),
    "list": st.none() | st.lists(st.none() | st.integers(0, 3), max_size=3),
    "struct": st.none()
    | st.fixed_dictionaries({"x": st.none() | st.integers(0, 3), "y": st.text("ab", max_size=2)}),
    "day": st.none() | st.dates(datetime.date(2000, 1, 1), datetime.date(2030, 1, 1)),
}
SCHEMA = {
    "int": pa.int32(),
    "float": pa.float64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "list": pa.list_(pa.int8()),
    "struct": pa.struct([("x", pa.int16()), ("y", pa.large_string())]),
    "day": pa.date32(),
}
ROWS = st.lists(st.fixed_dictionaries(CELL), max_size=12)
PANDAS = {
    "whole": [3, 1, 2],
    "text": ["a", None, "c"],
    "number": [1.5, None, 0.0],
    "kind": pd.Categorical(["x", "y", "x"], categories=["y", "x"]),
    "time": pd.to_datetime(["2020-01-01", None, "2021-05-05"]).tz_localize("UTC"),
    "masked": pd.array([1, None, 3], dtype="Int64"),
    "arrow": pd.array([1, None, 3], dtype="int64[pyarrow]"),
    "object": [{"k": 1}, (1, 2), None],
    "period": pd.period_range("2020", periods=3, freq="Y"),
}


def table(rows: list[dict[str, Any]]) -> Any:
    return pa.Table.from_pylist(rows, schema=pa.schema(SCHEMA))


@given(rows=ROWS, cut=st.integers(0, 12), margin=st.integers(0, 2))
@settings(max_examples=60, deadline=None)
@pytest.mark.slow
def test_how_a_table_is_cut_is_no_content(rows: list[dict[str, Any]], cut: int, margin: int) -> None:
    whole = table(rows)
    # The same rows, seen through a window on a longer table, in two pieces.
    padding = table(rows[:1] * margin)
    window = pa.concat_tables([padding, whole, padding]).combine_chunks().slice(len(padding), len(rows))
    pieces = pa.concat_tables([window.slice(0, cut), window.slice(cut)])
    assert hash_value(window) == hash_value(pieces) == hash_value(whole)
    assert hash_value(pl.from_arrow(whole)) == hash_value(
        pl.concat([pl.from_arrow(whole[:cut]), pl.from_arrow(whole[cut:])], rechunk=False)
    )


@given(one=ROWS, other=ROWS)
@settings(max_examples=60, deadline=None)
@pytest.mark.slow
def test_other_content_is_another_hash(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    same = one == other and str(one) == str(other)
    assert (hash_value(table(one)) == hash_value(table(other))) == same


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_what_is_stored_comes_back(rows: list[dict[str, Any]]) -> None:
    for value in (
        table(rows),
        pl.from_arrow(table(rows)),
        pl.from_arrow(table(rows).select(["int", "text"])),
    ):
        sealed = seal(value)
        back = unseal(sealed.payload, sealed.format)
        assert back.equals(value)
        assert hash_value(back) == sealed.hash


def test_pandas_columns_of_every_kind() -> None:
    frame = pd.DataFrame(PANDAS)
    sealed = seal(frame)
    assert hash_value(unseal(sealed.payload, sealed.format)) == sealed.hash
    assert hash_value(pd.concat([frame[:1], frame[1:]])) == sealed.hash
    assert hash_value(frame.copy()) == sealed.hash
    changed = [
        frame.iloc[::-1],
        frame.rename(columns={"text": "t"}),
        frame.set_index("whole"),
        frame.astype({"whole": "int32"}),
    ]
    for name in PANDAS:
        other = frame.copy()
        other[name] = other[name].iloc[[1, 1, 2]].array
        changed.append(other)
    hashes = {hash_value(other) for other in changed}
    assert len(hashes) == len(changed)
    assert sealed.hash not in hashes


def test_consolidated_or_not_is_no_content() -> None:
    one = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    other = pd.DataFrame({"a": [1, 2]})
    other["b"] = [3, 4]
    assert hash_value(one) == hash_value(other)


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([1, 2, 3]),
        pd.RangeIndex(3),
        pd.RangeIndex(3, name="n"),
        pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a")]),
        pd.date_range("2020", periods=3),
    ],
)
def test_the_index_counts(index: Any) -> None:
    series = pd.Series([1.0, 2.0, 3.0], index=index)
    assert hash_value(series) == hash_value(series.copy())
    assert hash_value(series) != hash_value(series.reset_index(drop=True).rename_axis("other"))
    assert hash_value(series) != hash_value(series.rename("named"))


BIG = 4_000_000


def big_frames() -> list[Any]:
    numbers = np.arange(BIG, dtype="f8")
    return [pd.DataFrame({"a": numbers}), pl.DataFrame({"a": numbers}), pa.table({"a": numbers})]


@pytest.mark.parametrize("number", range(3), ids=["pandas", "polars", "pyarrow"])
def test_large_tables_are_sealed_without_copies(number: int) -> None:
    frame = big_frames()[number]
    seal(frame)
    arrow_before = pa.total_allocated_bytes()
    tracemalloc.start()
    sealed = seal(frame)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(sealed.payload, Payload)
    assert sealed.payload.size >= 8 * BIG
    assert peak < BIG
    assert pa.total_allocated_bytes() - arrow_before < BIG


@task(version="1", namespace="frames")
def make() -> list[Any]:
    return big_frames()


@task(version="1", namespace="frames")
def total(frame: Any) -> float:
    column = frame["a"]
    return float(column.to_numpy().sum() if isinstance(frame, pa.Table) else column.sum())


@task(version="1", namespace="frames")
def totals(frames: list[Any]) -> list[float]:
    return [total(frame) for frame in frames]


def test_tables_flow_through_tasks_and_are_replayed(tmp_path: Path) -> None:
    config = Config({"backend": {"db_uri": f"sqlite:///{tmp_path}/r.db"}})
    for _ in range(2):
        with Scheduler(config) as scheduler:
            assert scheduler.run(totals(make())) == [BIG * (BIG - 1) / 2] * 3
