"""Count the words of texts by Spark."""

from __future__ import annotations

from redun import Dir, task
from redun_executor_spark import get_spark_session

redun_namespace = "examples.spark"


@task(executor="spark")
def most_frequent(texts: Dir, shortest: int, number: int) -> list[tuple[str, int]]:
    """Return the most frequent words that are long enough, with how often they occur."""
    from pyspark.sql import functions as f

    lines = get_spark_session().read.text(
        [text.path for text in texts if text.path.endswith((".md", ".txt"))]
    )
    words = lines.select(f.explode(f.split(f.lower("value"), r"[^\p{L}]+")).alias("word"))
    counts = words.where(f.length("word") >= shortest).groupBy("word").count()
    return [
        (row["word"], row["count"]) for row in counts.orderBy(f.desc("count"), "word").limit(number).collect()
    ]


@task
def main(texts: Dir = Dir("../../docs"), shortest: int = 6, number: int = 5) -> list[tuple[str, int]]:  # noqa: B008
    """Count the words of a folder of texts: by default the documentation of redun."""
    return most_frequent(texts, shortest, number)
