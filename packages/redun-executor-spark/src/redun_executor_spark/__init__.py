"""Apache Spark as an executor of redun, found by `type = spark` in a section `[executors.NAME]`.

The names for tasks are imported on first use, and nothing of Spark before it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.on_demand import importer

if TYPE_CHECKING:
    from redun_executor_spark.catalog import clean_datacatalog_table, load_datacatalog_spark_dataset
    from redun_executor_spark.current import get_num_workers, get_spark_context, get_spark_session
    from redun_executor_spark.functions import udf
    from redun_executor_spark.sql import sql_query

__all__ = [
    "clean_datacatalog_table",
    "get_num_workers",
    "get_spark_context",
    "get_spark_session",
    "load_datacatalog_spark_dataset",
    "sql_query",
    "udf",
]

_LAZY = {
    **dict.fromkeys(
        ("clean_datacatalog_table", "load_datacatalog_spark_dataset"), "redun_executor_spark.catalog"
    ),
    **dict.fromkeys(
        ("get_num_workers", "get_spark_context", "get_spark_session"), "redun_executor_spark.current"
    ),
    "sql_query": "redun_executor_spark.sql",
    "udf": "redun_executor_spark.functions",
}

__getattr__ = importer(__name__, _LAZY)
