"""The content of pandas tables, columns and indexes.

Floor: values.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from redun.hashing.digest import digest
from redun.hashing.values import hash_value
from redun.value.treatment import Treatment

__all__ = ["treatment"]


def treatment(kind: type) -> Treatment | None:
    """Return how values of a pandas class are treated."""
    if issubclass(kind, pd.DataFrame):
        return Treatment(content=_frame)
    if issubclass(kind, pd.Series):
        return Treatment(content=_series)
    if issubclass(kind, pd.Index):
        return Treatment(content=_index)
    return None


def _frame(frame: Any) -> bytes:
    columns = [_array(frame.iloc[:, position].array) for position in range(frame.shape[1])]
    return digest(b"pandas frame", _index(frame.columns), _index(frame.index), _attributes(frame), *columns)


def _series(series: Any) -> bytes:
    name = hash_value(series.name)
    return digest(b"pandas series", name, _index(series.index), _attributes(series), _array(series.array))


def _attributes(value: Any) -> bytes:
    return hash_value(dict(value.attrs))


def _index(index: Any) -> bytes:
    names = hash_value(list(index.names))
    kind = type(index).__name__.encode()
    if isinstance(index, pd.RangeIndex):
        return digest(b"pandas index", kind, names, hash_value(range(index.start, index.stop, index.step)))
    if isinstance(index, pd.MultiIndex):
        levels = [_array(index.get_level_values(number).array) for number in range(index.nlevels)]
        return digest(b"pandas index", kind, names, *levels)
    frequency = str(getattr(index, "freqstr", None)).encode()
    return digest(b"pandas index", kind, names, frequency, _array(index.array))


def _array(array: Any) -> bytes:
    """Return a digest of what one column holds."""
    dtype = array.dtype
    return digest(b"pandas array", str(dtype).encode(), *_pieces(array, dtype))


def _pieces(array: Any, dtype: Any) -> list[bytes]:
    if isinstance(dtype, pd.CategoricalDtype):
        return [hash_value(array.codes), _index(array.categories), b"%d" % array.ordered]
    if isinstance(dtype, pd.ArrowDtype) or getattr(dtype, "storage", None) == "pyarrow":
        from redun.value.frames.arrow import array_content

        return [array_content(array.__arrow_array__())]
    if isinstance(array, (pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray)):
        return [hash_value(array.view("i8"))]
    if isinstance(array, (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)):
        missing = array.isna()
        return [hash_value(missing), hash_value(array[~missing].to_numpy(dtype=dtype.numpy_dtype))]
    if isinstance(array, pd.arrays.NumpyExtensionArray):
        return [hash_value(array.to_numpy())]
    return [hash_value(list(array))]
