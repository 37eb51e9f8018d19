"""`sql_query`: a query in SQL of one DataFrame."""

from __future__ import annotations

from itertools import count
from typing import Any

from redun.file.dataset import ShardedDataset

__all__ = ["sql_query"]

_numbers = count()


def sql_query(dataset: Any, query: str, dataset_alias: str = "dataset") -> Any:
    """Return the DataFrame that a query in SQL makes of one, or of a dataset.

    Parameters
    ----------
    dataset : pyspark.sql.DataFrame or ShardedDataset
    query : str
        Such as ``SELECT word, count(*) FROM dataset GROUP BY word``.
    dataset_alias : str
        What the query calls the DataFrame: a temporary view of that name in the session.

    Examples
    --------
    .. code-block:: python

        @task(executor="spark")
        def counts(words: ShardedDataset) -> DataFrame:
            return sql_query(words, "SELECT word, count(*) AS times FROM dataset GROUP BY word")
    """
    if isinstance(dataset, ShardedDataset):
        dataset = dataset.load_spark()
    session = dataset.sparkSession
    if ".connect." not in type(dataset).__module__:
        dataset.createOrReplaceTempView(dataset_alias)
        return session.sql(query)
    # The server looks names up when the result is asked for: by then the alias may stand for something else.
    view = f"redun_view_{next(_numbers)}"
    dataset.createOrReplaceTempView(view)
    return session.sql(f"WITH `{dataset_alias}` AS (SELECT * FROM {view}) ({query.rstrip().rstrip(';')}\n)")
