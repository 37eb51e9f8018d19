"""`ShardedDataset`: a table in many files as one value.

Floor: values. pandas, polars and pyarrow are imported when asked for; none of them is needed to pass datasets around.
What Spark reads and writes is done by the plugin for Spark, found by its name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from redun.file import frames
from redun.file.file import File
from redun.file.fileset import Collection
from redun.file.loading import load_shards, load_table
from redun.file.purging import purge
from redun.file.reference import plain_path
from redun.file.schema import stable_schema
from redun.file.shards import (
    SUFFIXES,
    common_directory,
    common_format,
    formats_of,
    is_hidden,
)
from redun.filesystems.base import Fingerprint, Listing
from redun.hashing.digest import digest

__all__ = ["ShardedDataset", "ShardedS3Dataset"]


class ShardedDataset(Collection):
    """The files of one format below a directory, known by their paths and contents.

    Other files are no part of it, nor is what Spark takes for hidden: files and directories whose names begin with a
    dot or an underscore.

    Parameters
    ----------
    path : str or pathlib.Path
        The directory, on any file system.
    format : str
        ``avro``, ``csv``, ``ion``, ``grokLog``, ``json``, ``orc``, ``parquet`` or ``xml``. The names of the
        shards tell, by one of their suffixes (``part-0.csv.gz`` is csv).
    recurse : bool
        Whether shards may lie in directories below.
    schema : str, optional
        The names and types of the columns, those that directories such as ``year=2020`` tell included: JSON as Spark's
        ``frame.schema.json()`` returns it. It counts in the value's hash. Spark then need not find out by reading.

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
        schema: str | None = None,
    ) -> None:
        text = plain_path(path)
        super().__init__(text.rstrip("/") or text)
        if format not in SUFFIXES:
            raise ValueError(f"Unknown format {format!r} of a dataset; known: {', '.join(SUFFIXES)}.")
        self.format = format
        self.recurse = recurse
        self.schema = None if schema is None else stable_schema(schema)

    @classmethod
    def from_files(
        cls,
        files: Sequence[File],
        format: str | None = None,  # noqa: A002
        allow_additional_files: bool = False,
        schema: str | None = None,
    ) -> ShardedDataset:
        """Return the dataset made up of these files, in the innermost directory that has them all.

        Parameters
        ----------
        files : sequence of File
        format : str, optional
            What the files' names say unless given.
        allow_additional_files : bool
            Whether the directory may have more shards, which are then part of the dataset.
        schema : str, optional

        Raises
        ------
        ValueError
            The files are of several formats, or on several file systems, or the directory has other shards.
        """
        paths = [file.path for file in files]
        if not paths:
            raise ValueError("A dataset from files needs at least one file.")
        if format is None:
            format = common_format(paths)  # noqa: A001
        directory = common_directory(paths)
        deeper = any(os.path.dirname(path) not in (directory, "") for path in paths)
        found = cls(directory, format, deeper, schema)
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
        partition_keys: Sequence[str] = (),
        catalog_database: str = "default",
        catalog_table: str | None = None,
        format_options: Mapping[str, Any] | None = None,
    ) -> ShardedDataset:
        """Write a table and return its dataset, which replaces the one that was there once all of it is written.

        Parameters
        ----------
        dataset : pandas.DataFrame, polars.DataFrame, pyarrow.Table, a sequence of them, or a DataFrame of Spark
            Each table becomes a shard, each partition of Spark's at least one.
        output_path : str or pathlib.Path
            The directory; other files in it stay.
        format : str
            One that the table's library can write.
        partition_keys, catalog_database, catalog_table
            Of a DataFrame of Spark, see `save_spark`.
        format_options : dict, optional
            Passed on to the library's function, such as ``pandas.DataFrame.to_parquet``.

        Raises
        ------
        ValueError
            The library cannot write the format, or the object is no table.
        """
        found = cls(output_path, format)
        if type(dataset).__module__.startswith("pyspark.sql."):
            found.save_spark(dataset, partition_keys, catalog_database, catalog_table, format_options)
            return found
        if partition_keys or catalog_table:
            raise ValueError("Only a DataFrame of Spark can be written with partition_keys or catalog_table.")
        tables = list(dataset) if isinstance(dataset, (list, tuple)) else [dataset]
        # Before anything is written, so that a mistake leaves the old dataset as it was.
        writers = [frames.writer_of(table, format) for table in tables]
        from redun.file.replacing import Staging

        with Staging(found) as staging:
            for number, (table, write) in enumerate(zip(tables, writers, strict=True)):
                name = f"part-{number:05}.{SUFFIXES[format][0]}"
                staged = found.filesystem.join(staging.path, name)
                with found.classes.File(staged).open("wb") as stream:
                    write(table, stream, **(format_options or {}))
                staging.moves.append((staged, name))
            staging.replace()
        return found

    def _digest_of(self, seen: dict[str, Fingerprint]) -> bytes:
        known = () if self.schema is None else (self.schema.encode(),)
        return digest(
            b"dataset kind", self.format.encode(), b"%d" % self.recurse, super()._digest_of(seen), *known
        )

    def _listing(self) -> Listing:
        filesystem = self.filesystem
        names, links, listed = filesystem.listing(self.path)
        ours = [
            index
            for index, name in enumerate(names)
            if (self.recurse or "/" not in name) and self.format in formats_of(name) and not is_hidden(name)
        ]
        paths = [filesystem.join(self.path, names[index]) for index in ours]
        return Listing(paths, links, None if listed is None else [listed[index] for index in ours])

    @property
    def filenames(self) -> list[str]:
        """The paths of the shards that are there now, sorted."""
        return self._listing().files

    @property
    def shard_hashes(self) -> dict[str, str]:
        """The hashes of the shards, those of `File`, by their paths: of a recorded dataset as they were then.

        Examples
        --------
        >>> import tempfile
        >>> from redun import File
        >>> shard = File(f"{tempfile.mkdtemp()}/part-0.csv")
        >>> shard.write("x\\n1\\n")
        >>> ShardedDataset(shard.dirname(), "csv").shard_hashes == {shard.path: shard.hash}
        True
        """
        return {shard.path: shard.hash for shard in self.__redun_parts__()}

    def load_spark(self, validate: bool = False, format_options: Mapping[str, Any] | None = None) -> Any:
        """Return a DataFrame of Spark, in the session of the running task.

        Parameters
        ----------
        validate : bool
            Raise if the shards are no longer those that this value saw, or do not have the columns of its schema.
        format_options : dict, optional
            Those of Spark's reader, such as ``{"sep": ";"}`` for csv. Unless said otherwise, the first line of each csv
            shard has the names of the columns, whose types Spark finds out.

        Raises
        ------
        ImportError
            The plugin for Spark is not installed.
        ValueError
            There is nothing to load, or it is not valid.
        """
        return _for_spark().load(self, validate=validate, options=dict(format_options or {}))

    def save_spark(
        self,
        dataset: Any,
        partition_keys: Sequence[str] = (),
        catalog_database: str = "default",
        catalog_table: str | None = None,
        format_options: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a DataFrame of Spark; its shards take the place of those that are there, once they are complete.

        Parameters
        ----------
        dataset : pyspark.sql.DataFrame
        partition_keys : sequence of str
            Columns whose values become directories such as ``year=2020``.
        catalog_database, catalog_table : str
            Also name the dataset as a table of the session's catalog; one of that name is replaced.
        format_options : dict, optional
            Those of Spark's writer, such as ``{"compression": "gzip"}``.

        Raises
        ------
        ImportError
            The plugin for Spark is not installed.
        """
        table = None if catalog_table is None else (catalog_database, catalog_table)
        options = dict(format_options or {})
        self.schema = stable_schema(_for_spark().save(self, dataset, list(partition_keys), table, options))
        self.forget()

    def purge_spark(
        self, remove_older_than: float = 1, manifest_file_path: str | os.PathLike[str] | None = None
    ) -> None:
        """Remove the shards that were written longer ago than these hours; needs no Spark.

        Parameters
        ----------
        remove_older_than : float
            Hours; zero removes all shards.
        manifest_file_path : str or pathlib.Path, optional
            A file in which the paths of removed shards are written, one a line.

        Raises
        ------
        FileSystemError
            The file system does not tell when a file was written, and hours are given.
        """
        gone = purge(self.filesystem, self.filenames, remove_older_than * 3600)
        self.forget()
        if manifest_file_path is not None:
            self.classes.File(manifest_file_path).write("".join(f"{path}\n" for path in gone))

    def load_pandas_shards(self, max_shards: int = -1, **options: Any) -> list[Any]:
        """Return each shard as a `pandas.DataFrame`, at most `max_shards` of them unless negative."""
        return load_shards(self, "pandas", max_shards, options)

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
        return load_table(self, "pandas", max_shards, options)

    def load_polars(self, max_shards: int = -1, **options: Any) -> Any:
        """Return the shards as one `polars.DataFrame`; see `load_pandas`."""
        return load_table(self, "polars", max_shards, options)

    def load_arrow(self, max_shards: int = -1, **options: Any) -> Any:
        """Return the shards as one `pyarrow.Table`; see `load_pandas`."""
        return load_table(self, "pyarrow", max_shards, options)

    def __getstate__(self) -> tuple[Any, ...]:
        # As ever where there is no schema, so that what is recorded keeps its hash.
        known = () if self.schema is None else (self.schema,)
        return (*super().__getstate__(), self.format, self.recurse, *known)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        path, known, seen, self.format, self.recurse, *schema = state
        self.schema = schema[0] if schema else None
        super().__setstate__((path, known, seen))


ShardedS3Dataset = ShardedDataset
"""Its name in workflows written for redun 0.44, where it was for S3 alone."""


def _for_spark() -> Any:
    name = "redun_executor_spark"
    try:
        return import_module(f"{name}.datasets")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(name):
            raise
        raise ModuleNotFoundError(
            "Reading and writing datasets by Spark needs the plugin for it: pip install redun-executor-spark.",
            name=name,
        ) from None
