"""Which files below a directory are shards of a table, and what their names say.

Floor: values.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import unquote

__all__ = ["SUFFIXES", "common_directory", "common_format", "formats_of", "is_hidden", "partition_of"]

SUFFIXES = {
    "avro": ("avro",),
    "csv": ("csv",),
    "ion": ("ion",),
    "grokLog": ("groklog", "log"),
    "json": ("json", "jsonl", "ndjson"),
    "orc": ("orc",),
    "parquet": ("parquet",),
    "xml": ("xml",),
}

_NULL = "__HIVE_DEFAULT_PARTITION__"


def formats_of(name: str) -> list[str]:
    """Return the formats that a file's name speaks of; usually one."""
    suffixes = os.path.basename(name).lower().split(".")[1:]
    return [name for name, known in SUFFIXES.items() if any(suffix in suffixes for suffix in known)]


def is_hidden(relative: str) -> bool:
    """Tell whether a path below a dataset is no part of it, as Spark has it: markers, checksums, unfinished writes.

    Examples
    --------
    >>> is_hidden(".part-0.parquet.crc"), is_hidden("_temporary/0/part-0.parquet"), is_hidden("_year=2020/part-0.csv")
    (True, True, False)
    """
    return any(part[:1] == "." or (part[:1] == "_" and "=" not in part) for part in relative.split("/"))


def partition_of(relative: str) -> dict[str, str | None]:
    """Return the values of columns that the directories of a shard tell, as Hive and Spark lay out partitions.

    Examples
    --------
    >>> partition_of("year=2020/place=K%2F%C3%B6/part-0.parquet")
    {'year': '2020', 'place': 'K/ö'}
    """
    pairs = (part.split("=", 1) for part in relative.split("/")[:-1] if "=" in part)
    return {unquote(key): None if value == _NULL else unquote(value) for key, value in pairs}


def common_format(paths: Sequence[str]) -> str:
    """Return the one format that the names of all files speak of.

    Raises
    ------
    ValueError
        There is none, or more than one.
    """
    common = set.intersection(*(set(formats_of(path)) for path in paths))
    if len(common) != 1:
        raise ValueError(
            "The names of the files do not tell one format for all, such as "
            f"{paths[0]!r}; pass it: format='csv'. Known: {', '.join(SUFFIXES)}."
        )
    return common.pop()


def common_directory(paths: Sequence[str]) -> str:
    """Return the innermost directory that has all files.

    Raises
    ------
    ValueError
        There is none.
    """
    above = [path.split("/")[:-1] for path in paths]
    shared = 0
    while all(len(parts) > shared and parts[shared] == above[0][shared] for parts in above):
        shared += 1
    directory = "/".join(above[0][:shared])
    if not directory and paths[0].startswith("/"):
        return "/"
    if directory.endswith(":/") or (not directory and len({path[:1] == "/" for path in paths}) > 1):
        raise ValueError(f"{paths[0]!r} and the other files have no directory in common.")
    return directory or "."
