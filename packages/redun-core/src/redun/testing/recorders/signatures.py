"""Tests of signed payloads: what others wrote without the key does not come back.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from redun.errors import ConfigError, UntrustedValueError
from redun.host import Host
from redun.recorder.batch import Batch, ValueFormat
from redun.recorder.interface import Recorder
from redun.testing.recorders.opening import Suite
from redun.testing.recording import name, opened

__all__ = ["Signatures"]

_LARGE = 3 << 20


class Signatures(Suite):
    """Signatures, for recorders that know them; others must refuse a configuration that asks for some."""

    @pytest.fixture
    def signing(
        self, recorder: Recorder, section: Mapping[str, Any], host: Host | None, folder: Path
    ) -> Iterator[Recorder]:
        """Return another recorder of the record of `recorder`, which signs."""
        if not self.shared:
            pytest.skip("a record has one recorder")
        key = folder / "suite.key"
        key.touch(mode=0o600)
        key.write_text("5a" * 32)
        try:
            made = opened(section, folder, host, signing={"key_file": str(key)})
        except ConfigError as error:
            pytest.skip(str(error))
        with closing(made):
            yield made

    @pytest.mark.parametrize("size", [100, _LARGE])
    def test_only_what_is_signed_is_read(self, recorder: Recorder, signing: Recorder, size: int) -> None:
        content = b"x" * size
        _write(recorder, content)
        for found in (
            signing.find_evaluations([name("key")])[name("key")],
            *(call.value for call in signing.find_calls([name("key")]).get(name("key"), ())),
        ):
            assert found.payload is None
        with pytest.raises(UntrustedValueError, match="it has no signature"):
            signing.load(name("value"), ValueFormat.RAW)

        _write(signing, content)
        stored = signing.find_evaluations([name("key")])[name("key")]
        assert stored.payload in (content, None)
        assert bytes(signing.load(name("value"), ValueFormat.RAW)) == content
        assert bytes(recorder.load(name("value"))) == content

    def test_what_is_signed_as_bytes_is_no_pickle(self, signing: Recorder) -> None:
        _write(signing, b"x" * 100)
        with pytest.raises(UntrustedValueError, match="signed as raw and is to be read as pickle"):
            signing.load(name("value"), ValueFormat.PICKLE)

    def test_a_signed_value_stays_when_others_record_it_too(
        self, recorder: Recorder, signing: Recorder
    ) -> None:
        _write(signing, b"x" * 100)
        _write(recorder, b"y" * 100)
        assert bytes(signing.load(name("value"), ValueFormat.RAW)) == b"x" * 100


def _write(recorder: Recorder, content: bytes) -> None:
    batch = Batch()
    # Twice in one batch, as is any value that two calls return.
    row = (name("value"), "bytes", len(content), "b'...'", ValueFormat.RAW, 0, content)
    batch.values += [row, row]
    batch.evaluations.append((name("key"), name("value")))
    recorder.write(batch)
    recorder.flush()
