"""Pickling with errors that say what and where.

Floor: values. The only module of redun that pickles and unpickles values.
"""

from __future__ import annotations

import copyreg
import pickle
from collections import ChainMap
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any

from redun.errors import RedunError, UnreadableValueError, UnserializableValueError
from redun.hashing.parts import parts_of
from redun.value.flatten import flatten
from redun.value.names import type_name
from redun.value.payload import Payload, read_payload, read_sections
from redun.value.treatment import REDUCERS

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["LARGE", "culprit", "dump", "dump_sections", "load"]

LARGE = 1 << 20
"""Bytes from which a payload is kept in pieces, outside the database."""

OUT_OF_BAND = 1 << 16
"""Bytes from which a buffer stays out of the pickle."""

_SEARCHED = 10_000
_DEPTH = 50


def dump(value: Any, *, flat: bool) -> bytes | Payload:
    """Pickle a value; with `flat`, without recursion.

    Raises
    ------
    UnserializableValueError
        A part cannot be pickled; the message names it.
    """
    try:
        pickled, *buffers = _sections(value, flat=flat)
    except RedunError:
        raise
    except Exception as error:
        raise _unserializable(value, error) from error
    if not buffers:
        return pickled if len(pickled) < LARGE else Payload((pickled,))
    payload = Payload.framed(pickled, buffers)
    return payload if payload.size >= LARGE else bytes(payload)


def dump_sections(value: Any) -> list[Buffer]:
    """Pickle a value into a pickle and its out-of-band buffers, which are the value's own.

    What cannot be pickled raises whatever error it raises; `culprit` finds the part.
    """
    return _sections(value, flat=False)


def _sections(value: Any, *, flat: bool) -> list[Any]:
    buffers: list[memoryview] = []

    def keep_out(buffer: pickle.PickleBuffer) -> bool:
        try:
            raw = buffer.raw()
        except BufferError:
            return True
        if raw.nbytes < OUT_OF_BAND:
            return True
        buffers.append(raw)
        return False

    pickled = _dumps(value, keep_out, buffers, flat=flat)
    return [pickled, *buffers]


def _dumps(value: Any, keep_out: Any, buffers: list[memoryview], *, flat: bool) -> bytes:
    if not flat:
        try:
            return _pickled(value, keep_out)
        except RecursionError:
            buffers.clear()
    return _pickled(flatten(value), keep_out)


def _pickled(value: Any, keep_out: Any) -> bytes:
    if not REDUCERS:
        return pickle.dumps(value, 5, buffer_callback=keep_out)
    stream = BytesIO()
    pickler = pickle.Pickler(stream, 5, buffer_callback=keep_out)
    tables: list[Any] = [REDUCERS, copyreg.dispatch_table]
    pickler.dispatch_table = ChainMap(*tables)
    pickler.dump(value)
    return stream.getvalue()


def load(data: Buffer | Payload) -> Any:
    """Unpickle what `dump` made.

    Raises
    ------
    UnreadableValueError
        A class or module is gone, or the bytes are damaged; the message says which.
    """
    try:
        if type(data) is bytes and data[:1] == b"\x80":
            return pickle.loads(data)
        return read_sections(data.sections) if isinstance(data, Payload) else read_payload(data)
    except RedunError:
        raise
    except ImportError as error:
        raise UnreadableValueError(
            f"A stored value cannot be read: the module of its class is gone ({error})."
        ) from error
    except AttributeError as error:
        raise UnreadableValueError(
            f"A stored value cannot be read: its class, or an attribute of it, is gone ({error})."
        ) from error
    except TypeError as error:
        raise UnreadableValueError(
            f"A stored value cannot be read: its class no longer takes what was stored, or its bytes are damaged "
            f"({error})."
        ) from error
    except Exception as error:
        raise UnreadableValueError(
            f"A stored value cannot be read: its bytes are damaged ({type(error).__name__}: {error})."
        ) from error


def _unserializable(value: Any, error: Exception) -> UnserializableValueError:
    path, part, cause = culprit(value, error)
    if isinstance(cause, RecursionError):
        advice = "It is nested too deeply in objects that redun does not look into; use lists or dataclasses"
    else:
        advice = "Return something that pickle takes, such as what it is made from, or write it to a File"
    return UnserializableValueError(
        f"{path} of type {type_name(type(part))} cannot be stored: {type(cause).__name__}: {cause}. {advice}."
    )


def culprit(value: Any, error: Exception) -> tuple[str, Any, Exception]:
    """Find the innermost part that cannot be pickled by itself: the way to it, the part, its error."""
    path = "value"
    for _ in range(_DEPTH):
        try:
            parts = list(islice(parts_of(value), _SEARCHED))
        except Exception:
            break
        for label, part in parts:
            if isinstance(part, type) and label.startswith("<"):
                # An object says more than its class.
                continue
            failure = _failure(part)
            if failure is not None:
                path, value, error = path + label, part, failure
                break
        else:
            break
    return path, value, error


def _failure(part: Any) -> Exception | None:
    try:
        pickle.dumps(part, 5, buffer_callback=lambda buffer: False)
    except Exception as error:
        return error
    return None
