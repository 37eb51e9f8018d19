"""An archive of Spark's classes, loaded and verified once: what a JVM spends half of its start on.

Java maps it into every later JVM with the same class path, and does without where something else differs.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from services.spark import environment, folder_on_leash

__all__ = ["spark_classes"]

# What it could not use the archive for would be said on standard output.
_QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off"

# Loads what most applications do: the parts of SQL, of RDDs, and of Python's workers.
_APPLICATION = """
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
process = spark.sparkContext._gateway.proc
assert spark.sparkContext.parallelize(range(4), 2).map(lambda number: number + 1).sum() == 10
assert len(spark.sql("SELECT id % 2 AS odd, count(*) FROM range(9) GROUP BY odd").collect()) == 2
spark.stop()
process.stdin.close()
process.wait()
"""


@contextlib.contextmanager
def spark_classes() -> Iterator[str]:
    """Make the archive, which takes as long as a few starts; yield all options of JVMs that are to use it.

    Examples
    --------
    >>> with spark_classes() as options:  # doctest: +SKIP
    ...     os.environ["JAVA_TOOL_OPTIONS"] = options
    """
    with folder_on_leash() as folder:
        archive = folder / "spark.jsa"
        given = environment()
        # Not for the JVM that only puts the command line together.
        submit = f'--driver-java-options "-XX:ArchiveClassesAtExit={archive} {_QUIET}" pyspark-shell'
        subprocess.run(
            [sys.executable, "-c", _APPLICATION],
            env={**os.environ, **given, "PYSPARK_SUBMIT_ARGS": submit},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        yield f"{given['JAVA_TOOL_OPTIONS']} -XX:SharedArchiveFile={archive} {_QUIET}"
