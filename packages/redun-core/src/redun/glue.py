"""Helpers for tasks that use Spark, where workflows for AWS Glue have them from.

Floor: library. The plugin redun-executor-spark does the work and offers the same names. They can be imported without
it, and `udf` works without it, so that a workflow's module can be imported anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from redun.errors import UnknownProviderError

__all__ = [
    "clean_datacatalog_table",
    "get_glue_context",
    "get_num_workers",
    "get_spark_context",
    "get_spark_session",
    "load_datacatalog_spark_dataset",
    "setup_glue_job",
    "sql_query",
    "udf",
]

_PLUGIN = "redun_executor_spark"


def get_spark_session() -> Any:
    """Return the session of Spark that the running task has."""
    return _plugin("get_spark_session")()


def get_spark_context() -> Any:
    """Return the context of Spark that the running task has."""
    return _plugin("get_spark_context")()


def get_num_workers() -> int:
    """Return how many processes of Spark there are to work for the running task."""
    found: int = _plugin("get_num_workers")()
    return found


def udf(wrapped_func: Callable[..., Any] | None = None, return_type: Any = None) -> Any:
    """Make a function one for columns of Spark too; see `redun_executor_spark.udf`.

    Without the plugin the function is what it was.

    Examples
    --------
    >>> @udf(return_type="int")
    ... def twice(x):
    ...     return 2 * x
    >>> twice(21)
    42
    """
    try:
        make = _plugin("udf")
    except UnknownProviderError:
        return (lambda func: func) if wrapped_func is None else wrapped_func
    return make(wrapped_func, return_type=return_type)


def sql_query(dataset: Any, query: str, dataset_alias: str = "dataset") -> Any:
    """Return the DataFrame that a query in SQL makes of one, which it knows by its alias."""
    return _plugin("sql_query")(dataset, query, dataset_alias=dataset_alias)


def load_datacatalog_spark_dataset(database: str, table_name: str, hashfield: str | None = None) -> Any:
    """Return a table of the session's catalog as a DataFrame; `hashfield`, of Glue alone, has no effect."""
    return _plugin("load_datacatalog_spark_dataset")(database, table_name, hashfield)


def clean_datacatalog_table(database: str, table: str, remove_older_than: float = 1) -> None:
    """Remove the files of a catalog's table that were written longer ago than these hours; without any, the table."""
    _plugin("clean_datacatalog_table")(database, table, remove_older_than)


def get_glue_context() -> Any:
    """Return the context of AWS Glue, which exists on Glue's own machines.

    Raises
    ------
    UnknownProviderError
        The task runs elsewhere.
    """
    try:
        context = import_module("awsglue.context")
    except ImportError:
        raise UnknownProviderError(
            "There is no context of AWS Glue here, for its library awsglue is not installed: it comes with Glue's "
            "machines alone. get_spark_session() gives the session of Spark anywhere."
        ) from None
    return context.GlueContext(get_spark_context())


def setup_glue_job(job_name: str, job_args: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """Begin a job of AWS Glue, as a script that Glue starts does; return Glue's context, Spark's session and the job.

    Raises
    ------
    UnknownProviderError
        The task runs elsewhere.
    """
    context = get_glue_context()
    job = import_module("awsglue.job").Job(context)
    job.init(job_name, dict(job_args))
    return context, context.spark_session, job


def _plugin(name: str) -> Any:
    try:
        found = import_module(_PLUGIN)
    except ModuleNotFoundError as error:
        if error.name != _PLUGIN:
            raise
        raise UnknownProviderError(
            f"{name}() needs the plugin for Spark, which is not installed: pip install redun-executor-spark."
        ) from None
    return getattr(found, name)
