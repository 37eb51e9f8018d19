"""`ShardedDataset`: a table in many files as one value.

Floor: values. pandas, polars and pyarrow are imported when asked for; none of them is needed to pass datasets around.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from redun.file import frames
from redun.file.file import File
from redun.file.fileset import Collection
from redun.file.reference import plain_path
from redun.filesystems.base import Fingerprint, Listing
from redun.hashing.digest import digest

__all__ = ["ShardedDataset"]

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


class ShardedDataset(Collection):
    """The files of one format below a directory, known by their paths and contents.

    Other files, such as the markers that Spark leaves, are no part of it.

    Parameters
    ----------
    path : str or pathlib.Path
        The directory, on any file system.
    format : str
        ``avro``, ``csv``, ``ion``, ``grokLog``, ``json``, ``orc``, ``parquet`` or ``xml``. The names of the
        shards tell, by one of their suffixes (``part-0.csv.gz`` is csv).
    recurse : bool
        Whether shards may lie in directories below.

    Examples
    --------
    >>> import tempfile
    >>> from redun import Dir
    >>> folder = Dir(tempfile.mkdtemp())
    >>> for name in ("part-0.csv", "part-1.csv", "_SUCCESS"):
    ...     folder.file(name).write("x\\n1\\n")
    >>> dataset = ShardedDataset(folder.path, format="csv")
    >>> [folder.rel_path(name) for name in dataset.filenames]
    ['part-0.csv', 'part-1.csv']
    """

    type_name = "redun.ShardedDataset"
    _kind = b"dataset"

    def __init__(
        self,
        path: str | os.PathLike[str],
        format: str = "parquet",  # noqa: A002 (the name is redun's)
        recurse: bool = True,
    ) -> None:
        text = plain_path(path)
        super().__init__(text.rstrip("/") or text)
        if format not in SUFFIXES:
            raise ValueError(f"Unknown format {format!r} of a dataset; known: {', '.join(SUFFIXES)}.")
        self.format = format
        self.recurse = recurse

    @classmethod
    def from_files(
        cls,
        files: Sequence[File],
        format: str | None = None,  # noqa: A002
        allow_additional_files: bool = False,
    ) -> ShardedDataset:
        """Return the dataset made up of these files, in the innermost directory that has them all.

        Parameters
        ----------
        files : sequence of File
        format : str, optional
            What the files' names say unless given.
        allow_additional_files : bool
            Whether the directory may have more shards, which are then part of the dataset.

        Raises
        ------
        ValueError
            The files are of several formats, or on several file systems, or the directory has other shards.
        """
        paths = [file.path for file in files]
        if not paths:
            raise ValueError("A dataset from files needs at least one file.")
        if format is None:
            format = _common_format(paths)  # noqa: A001
        directory = _common_directory(paths)
        deeper = any(os.path.dirname(path) not in (directory, "") for path in paths)
        found = cls(directory, format, recurse=deeper)
        there = {path.removeprefix("./") for path in found.filenames}
        given = {path.removeprefix("./") for path in paths}
        missing = sorted(given - there)
        if missing:
            raise ValueError(f"{missing[0]!r} is missing, or its name is not that of a {format} file.")
        others = sorted(there - given)
        if others and not allow_additional_files:
            raise ValueError(
                f"The directory {found.path!r} has {format} files that are not among those given, such as "
                f"{others[0]!r}; pass allow_additional_files=True to include them."
            )
        return found

    @classmethod
    def from_data(
        cls,
        dataset: Any,
        output_path: str | os.PathLike[str],
        format: str = "parquet",  # noqa: A002
        format_options: dict[str, Any] | None = None,
    ) -> ShardedDataset:
        """Write a table and return its dataset, which replaces the one that was there.

        Parameters
        ----------
        dataset : pandas.DataFrame, polars.DataFrame, pyarrow.Table, or a sequence of them
            Each becomes a shard.
        output_path : str or pathlib.Path
            The directory; other files in it stay.
        format : str
            One that the table's library can write.
        format_options : dict, optional
            Passed on to the library's function, such as ``pandas.DataFrame.to_parquet``.

        Raises
        ------
        ValueError
            The library cannot write the format, or the object is no table.
        """
        tables = list(dataset) if isinstance(dataset, (list, tuple)) else [dataset]
        found = cls(output_path, format)
        # Before anything is written, so that a mistake leaves the old dataset as it was.
        writers = [frames.writer_of(table, format) for table in tables]
        before = set(found.filenames)
        for number, (table, write) in enumerate(zip(tables, writers, strict=True)):
            shard = found.filesystem.join(found.path, f"part-{number:05}.{SUFFIXES[format][0]}")
            with found.classes.File(shard).open("wb") as stream:
                write(table, stream, **(format_options or {}))
            before.discard(shard)
        for path in before:
            found.filesystem.remove(path)
        found.forget()
        return found

    def _digest_of(self, seen: dict[str, Fingerprint]) -> bytes:
        return digest(b"dataset kind", self.format.encode(), b"%d" % self.recurse, super()._digest_of(seen))

    def _listing(self) -> Listing:
        filesystem = self.filesystem
        names, links, listed = filesystem.listing(self.path)
        ours = [
            index
            for index, name in enumerate(names)
            if (self.recurse or "/" not in name) and self.format in _formats(name)
        ]
        paths = [filesystem.join(self.path, names[index]) for index in ours]
        return Listing(paths, links, None if listed is None else [listed[index] for index in ours])

    @property
    def filenames(self) -> list[str]:
        """The paths of the shards that are there now, sorted."""
        return self._listing().files

    def load_pandas_shards(self, max_shards: int = -1, **options: Any) -> list[Any]:
        """Return each shard as a `pandas.DataFrame`, at most `max_shards` of them unless negative."""
        return self._load("pandas", max_shards, options)

    def load_pandas(self, max_shards: int = -1, **options: Any) -> Any:
        """Return the shards as one `pandas.DataFrame`.

        Parameters
        ----------
        max_shards : int
            Read no more than these; all if negative.
        **options
            Passed on to the library's function, such as `pandas.read_parquet`.

        Raises
        ------
        ImportError
            The library is not installed.
        ValueError
            The library cannot read the format, or there is no shard.
        """
        return frames.concatenated("pandas", self._loaded("pandas", max_shards, options))

    def load_polars(self, max_shards: int = -1, **options: Any) -> Any:
        """Return the shards as one `polars.DataFrame`; see `load_pandas`."""
        return frames.concatenated("polars", self._loaded("polars", max_shards, options))

    def load_arrow(self, max_shards: int = -1, **options: Any) -> Any:
        """Return the shards as one `pyarrow.Table`; see `load_pandas`."""
        return frames.concatenated("pyarrow", self._loaded("pyarrow", max_shards, options))

    def _loaded(self, library: str, max_shards: int, options: dict[str, Any]) -> list[Any]:
        tables = self._load(library, max_shards, options)
        if not tables:
            raise ValueError(f"There is no {self.format} file in {self.path!r} to load.")
        return tables

    def _load(self, library: str, max_shards: int, options: dict[str, Any]) -> list[Any]:
        read = frames.reader_of(library, self.format)
        files = self.files()
        return [read(file, **options) for file in (files if max_shards < 0 else files[:max_shards])]

    def __getstate__(self) -> tuple[Any, ...]:
        return (*super().__getstate__(), self.format, self.recurse)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        *inherited, self.format, self.recurse = state
        super().__setstate__(tuple(inherited))


def _formats(name: str) -> list[str]:
    suffixes = os.path.basename(name).lower().split(".")[1:]
    return [name for name, known in SUFFIXES.items() if any(suffix in suffixes for suffix in known)]


def _common_format(paths: Sequence[str]) -> str:
    common = set.intersection(*(set(_formats(path)) for path in paths))
    if len(common) != 1:
        raise ValueError(
            "The names of the files do not tell one format for all, such as "
            f"{paths[0]!r}; pass it: format='csv'. Known: {', '.join(SUFFIXES)}."
        )
    return common.pop()


def _common_directory(paths: Sequence[str]) -> str:
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
