"""Shards of text that are compressed."""

from __future__ import annotations

from typing import IO, Any

__all__ = ["opened"]

_CODECS = {"gz": "gzip", "bz2": "bz2", "zst": "zstd", "lz4": "lz4"}


def opened(stream: IO[bytes], path: str) -> Any:
    """Return a stream of what was compressed, as far as the name of the file says that it was."""
    codec = _CODECS.get(path.lower().rpartition(".")[2])
    if codec is None:
        return stream
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(stream, "r"), codec)
