"""Which pages are linked to most: the links of all pages become a dataset, and a ranking of them another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun import Dir, ShardedDataset, task
from redun_executor_spark import get_spark_session, sql_query

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

redun_namespace = "examples.spark"


@task(executor="spark", dataset_path="tables/links")
def extract(pages: Dir) -> DataFrame:
    """Return a row for each link from one page to another."""
    from pyspark.sql import functions as f

    lines = get_spark_session().read.text([page.path for page in pages if page.path.endswith(".md")])
    links = lines.select(
        f.regexp_extract(f.input_file_name(), r"([^/]+)$", 1).alias("page"),
        f.explode(f.regexp_extract_all("value", f.lit(r"\]\(([a-z-]+\.md)"), f.lit(1))).alias("target"),
    )
    return links.where("page != target")


@task(executor="spark", dataset_path="tables/ranking")
def rank(links: ShardedDataset) -> DataFrame:
    """Return how many pages link to each page."""
    query = "SELECT target AS page, count(DISTINCT page) AS linked_from FROM links GROUP BY target"
    return sql_query(links, query, "links")


@task(executor="spark")
def top(ranking: ShardedDataset, number: int) -> list[tuple[str, int]]:
    """Return the pages that are linked from most others."""
    best = ranking.load_spark().orderBy("linked_from", "page", ascending=[False, True]).limit(number)
    return [tuple(row) for row in best.collect()]


@task
def main(pages: Dir = Dir("../../docs"), number: int = 3) -> list[tuple[str, int]]:  # noqa: B008
    """Rank the pages of a folder: by default the documentation of redun."""
    return top(rank(extract(pages)), number)
