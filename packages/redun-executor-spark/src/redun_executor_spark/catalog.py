"""Tables of the session's catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redun.file.dataset import ShardedDataset

__all__ = ["clean_datacatalog_table", "load_datacatalog_spark_dataset", "name_in_catalog"]


def load_datacatalog_spark_dataset(database: str, table_name: str, hashfield: str | None = None) -> Any:
    """Return a table of the catalog as a DataFrame.

    Parameters
    ----------
    database, table_name : str
    hashfield : str, optional
        By what AWS Glue reads a table of a database in parallel; without effect elsewhere.
    """
    from redun_executor_spark import get_spark_session

    return get_spark_session().table(_quoted(database, table_name))


def clean_datacatalog_table(database: str, table: str, remove_older_than: float = 1) -> None:
    """Remove the files of a table that were written longer ago than these hours; if none is left, the table too."""
    from redun.file.directory import Dir
    from redun.file.purging import purge

    from redun_executor_spark import get_spark_session

    session, name = get_spark_session(), _quoted(database, table)
    rows = session.sql(f"DESCRIBE TABLE EXTENDED {name}").collect()
    location = next(row["data_type"] for row in rows if row["col_name"] == "Location")
    folder = Dir(_path_of(location))
    files = [file.path for file in folder.files()]
    gone = purge(folder.filesystem, files, remove_older_than * 3600)
    if len(gone) == len(files):
        session.sql(f"DROP TABLE {name}")
    else:
        session.catalog.refreshTable(name)


def name_in_catalog(
    session: Any, dataset: ShardedDataset, url: str, database: str, table: str, *, partitioned: bool
) -> None:
    """Let a name of the catalog stand for a dataset; a table of that name is replaced, its files stay."""
    name = _quoted(database, table)
    session.sql(f"CREATE DATABASE IF NOT EXISTS {_quoted(database)}")
    session.sql(f"DROP TABLE IF EXISTS {name}")
    text = url.replace("\\", "\\\\").replace("'", "\\'")
    options = (
        " OPTIONS (header 'true', inferSchema 'true', escape '\"', multiLine 'true')"
        if dataset.format == "csv"
        else ""
    )
    session.sql(f"CREATE TABLE {name} USING {dataset.format}{options} LOCATION '{text}'")
    if partitioned:
        session.catalog.recoverPartitions(name)


def _quoted(*names: str) -> str:
    return ".".join("`" + name.replace("`", "``") + "`" for name in names)


def _path_of(location: str) -> str:
    for mine, ours in (("s3a://", "s3://"), ("file:/", "/")):
        if location.startswith(mine):
            return ours + location.removeprefix(mine).lstrip("/")
    return location
