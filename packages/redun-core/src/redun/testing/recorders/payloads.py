"""Tests of payloads, small and large.

Floor: composition.
"""

from __future__ import annotations

import pytest

from redun.errors import UnreadableValueError
from redun.recorder.batch import Batch, ValueFormat
from redun.recorder.interface import Recorder
from redun.testing.recorders.opening import Suite
from redun.testing.recording import name, value_row
from redun.value.payload import Payload
from redun.value.seal import seal, unseal

__all__ = ["Payloads"]

_MEBI = 1 << 20


class Payloads(Suite):
    """Payloads, small and large."""

    @pytest.mark.parametrize("size", [0, 1, 4095, _MEBI - 1, _MEBI, _MEBI + 1, 5 * _MEBI + 3])
    def test_payloads_of_any_size(self, recorder: Recorder, size: int) -> None:
        content = (bytes(range(256)) * (size // 256 + 1))[:size]
        _write(recorder, content)
        assert bytes(recorder.load(name("value"))) == content
        stored = recorder.find_evaluations([name("key")])[name("key")]
        assert stored.format == ValueFormat.RAW
        # A large one may be left to `load`.
        assert stored.payload == content or (stored.payload is None and size > 4095)

    def test_buffers_beside_a_pickle(self, recorder: Recorder) -> None:
        value = {"text": "ä", "data": bytearray(range(256)) * 8192}
        sealed = seal(value)
        buffers = [memoryview(bytes(3)), memoryview(bytes(_MEBI)), memoryview(b"")]
        batch = Batch()
        batch.values.append(
            (sealed.hash, "dict", sealed.size, "{...}", ValueFormat.PICKLE, sealed.flags, sealed.payload)
        )
        batch.values.append(
            (name("framed"), "x", 0, "", ValueFormat.PICKLE, 0, Payload.framed(b"not a pickle", buffers))
        )
        recorder.write(batch)
        recorder.flush()
        assert unseal(recorder.load(sealed.hash), ValueFormat.PICKLE) == value
        loaded = recorder.load(name("framed"))
        assert bytes(loaded) == bytes(Payload.framed(b"not a pickle", buffers))

    def test_what_is_loaded_is_ones_own(self, recorder: Recorder) -> None:
        content = bytes(range(256)) * 8192
        _write(recorder, content)
        first = recorder.load(name("value"))
        if isinstance(first, bytearray):
            first[:] = bytes(len(first))
        assert bytes(recorder.load(name("value"))) == content

    def test_values_that_cannot_be_loaded(self, recorder: Recorder) -> None:
        batch = Batch()
        batch.values.append((name("unpicklable"), "object", 0, "<...>", ValueFormat.PICKLE, 0, None))
        recorder.write(batch)
        recorder.flush()
        with pytest.raises(UnreadableValueError, match=name("unpicklable").hex()):
            recorder.load(name("unpicklable"))
        with pytest.raises(UnreadableValueError, match=name("never seen").hex()):
            recorder.load(name("never seen"))
        # Neither stops what comes after.
        _write(recorder, b"later")
        assert bytes(recorder.load(name("value"))) == b"later"

    def test_the_first_payload_stays_unless_it_is_unreadable(self, recorder: Recorder) -> None:
        _write(recorder, b"first")
        _write(recorder, b"again")
        assert bytes(recorder.load(name("value"))) == b"first"
        batch = Batch()
        batch.unreadable.append((name("value"),))
        _write(recorder, b"made anew", batch)
        assert bytes(recorder.load(name("value"))) == b"made anew"

    def test_many_large_values(self, recorder: Recorder) -> None:
        batch = Batch()
        contents = {f"large {number}": bytes([number]) * (_MEBI + number) for number in range(8)}
        batch.values += [
            (name(text), "bytes", len(content), "b'...'", ValueFormat.RAW, 0, content)
            for text, content in contents.items()
        ]
        batch.values.append(value_row("small"))
        recorder.write(batch)
        recorder.flush()
        for text, content in contents.items():
            assert bytes(recorder.load(name(text))) == content


def _write(recorder: Recorder, content: bytes, batch: Batch | None = None) -> None:
    """Write a value, hashed as if its content did not matter, and let `key` evaluate to it."""
    batch = batch or Batch()
    batch.values.append((name("value"), "bytes", len(content), "b'...'", ValueFormat.RAW, 0, content))
    batch.evaluations.append((name("key"), name("value")))
    recorder.write(batch)
    recorder.flush()
