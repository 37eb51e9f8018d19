"""Datasets and Spark: written by one task, read by others, wherever the files are."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from redun import ShardedDataset
from redun.file import Dir, File, LocalFileSystem, register_filesystem
from redun_executor_spark import sql_query, udf
from redun_executor_spark.applications import use
from redun_executor_spark.datasets import load as load_in
from redun_executor_spark.options import read_options

WORDS = """
    SELECT id, CAST(id % 2 AS int) AS half, CASE WHEN id = 1 THEN null ELSE concat(' a/,"ö\\n', id) END AS word,
        date '2020-01-01' + CAST(id AS int) AS day, CAST(id AS decimal(10, 2)) AS price,
        timestamp '2020-01-01 01:02:03.456789' AS at, double('NaN') AS none
"""
NESTED = """
    named_struct('a', id, 'at', timestamp '2020-01-01') AS pair, array(id, null) AS both, map('x', id) AS by,
    binary('x') AS raw
"""


@register_filesystem
class Box(LocalFileSystem):
    """A file system that no JVM knows, and that tells little: a folder by another name."""

    name = "box"

    def _path(self, url: str) -> str:
        return url.replace("box:/", "")

    def open(self, path: str, *arguments: Any, **options: Any) -> Any:
        return super().open(self._path(path), *arguments, **options)

    def exists(self, path: str) -> bool:
        return super().exists(self._path(path))

    def isfile(self, path: str) -> bool:
        return super().isfile(self._path(path))

    def isdir(self, path: str) -> bool:
        return super().isdir(self._path(path))

    def remove(self, path: str) -> None:
        super().remove(self._path(path))

    def rmdir(self, path: str, recursive: bool = False) -> None:
        super().rmdir(self._path(path), recursive)

    def listing(self, path: str) -> Any:
        return super().listing(self._path(path))

    def copy(self, source: str, dest: str) -> None:
        super().copy(self._path(source), self._path(dest))

    def move(self, source: str, dest: str) -> None:
        self.copy(source, dest)
        self.remove(source)

    def modified(self, path: str) -> None:
        return None

    def fingerprint(self, path: str, known: Any = None) -> Any:
        return super().fingerprint(self._path(path), known)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def spark(spark_section: dict[str, str]) -> Iterator[Any]:
    """A session of the application that all tests share."""
    with use(read_options("spark", spark_section, {}, "/").application) as running:
        yield running.session()


def rows(frame: Any) -> list[str]:
    return sorted(str(row) for row in frame.select(sorted(frame.columns)).collect())


def table(spark: Any, format: str = "parquet") -> Any:  # noqa: A002
    columns = WORDS if format == "csv" else f"{WORDS}, {NESTED}"
    return spark.sql(f"{columns} FROM range(7)").repartition(2)


def slow(*values: Any) -> list[Any]:
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


@pytest.mark.parametrize("format", slow("parquet", "csv", "avro", "json", "orc"))
def test_what_spark_writes_is_read_everywhere(spark: Any, format: str) -> None:  # noqa: A002
    given = table(spark, format)
    dataset = ShardedDataset.from_data(given, "t [1]*", format)
    assert dataset.schema is not None
    assert {File(name).basename()[:10] for name in dataset.filenames} == {"part-00000", "part-00001"}
    found = dataset.load_spark(validate=True) if format == "parquet" else dataset.load_spark()
    assert (rows(found), found.schema.json()) == (
        rows(given),
        given.select("*")
        .schema.json()
        .replace('"nullable":false', '"nullable":true')
        .replace('sNull":false', 'sNull":true'),
    )
    for load in (dataset.load_pandas, dataset.load_polars, dataset.load_arrow):
        loaded = load()
        assert sorted(loaded["id"].to_pylist() if load == dataset.load_arrow else loaded["id"]) == list(
            range(7)
        )
    before = dataset.hash
    again = ShardedDataset.from_data(table(spark, format), "t [1]*", format)
    assert again.hash == before, "equal content in equal partitions is the same dataset"


@pytest.mark.parametrize("format", ["parquet", *slow("avro", "csv", "json", "orc")])
def test_what_no_jvm_reaches_is_read_and_written_on_the_workers(
    spark: Any,
    format: str,  # noqa: A002
    tmp_path: Path,
) -> None:
    given = table(spark, format)
    dataset = ShardedDataset.from_data(given, f"box:/{tmp_path}/t", format, partition_keys=["half", "word"])
    assert {name.split("/")[-3] for name in dataset.filenames} == {"half=0", "half=1"}
    assert any("/word= a%2F,%22ö%0A0/part-0000" in name for name in dataset.filenames)
    found = dataset.load_spark(validate=True) if format == "parquet" else dataset.load_spark()
    assert found.columns[-2:] == ["half", "word"]
    assert rows(found) == rows(given)
    inferred = ShardedDataset(dataset.path, format).load_spark()
    assert sorted(row["id"] for row in inferred.collect()) == list(range(7))
    pandas = dataset.load_pandas().sort_values("id")
    assert (pandas["half"].to_list(), pandas["word"].to_list()[2]) == ([0, 1] * 3 + [0], ' a/,"ö\n2')
    if format in ("json", "parquet"):
        # The JVM, given the same files under a name that it knows, finds the same.
        native = ShardedDataset(str(tmp_path / "t"), format, schema=dataset.schema).load_spark()
        assert rows(native) == rows(given)
    assert not [name for name in Dir(str(tmp_path / "t")) if ".redun" in name.path]
    empty = ShardedDataset.from_data(given.where("id > 9"), dataset.path, format)
    assert (len(empty.filenames), empty.load_spark().count()) == (1, 0)


@pytest.mark.parametrize("where", slow("native", "box"))
def test_new_shards_replace_old_ones_when_all_are_there(spark: Any, tmp_path: Path, where: str) -> None:
    from pyspark.sql import functions

    def failing(number: int) -> int:
        if number == 6:
            raise ValueError("no such number")
        return number

    broken = spark.range(7).repartition(2).select(functions.udf(failing, "int")("id").alias("id"))
    path = "local" if where == "native" else f"box:/{tmp_path}/box"
    dataset = ShardedDataset.from_data(spark.range(5).repartition(3), path)
    File(f"{path}/notes.txt").write("stays")
    File(f"{path}/theirs.csv").write("stays")
    before, there = dataset.hash, sorted(file.path for file in Dir(path))
    with pytest.raises(Exception, match="no such number"):
        dataset.save_spark(broken)
    assert (
        ShardedDataset(path, schema=dataset.schema).hash,
        sorted(file.path for file in Dir(path)),
    ) == (before, there)
    # From itself to itself: what is read goes when all is written.
    dataset.save_spark(dataset.load_spark().where("id > 2").coalesce(1))
    assert dataset.load_spark().count() == 2
    assert [File(file.path).basename() for file in Dir(path) if "part-" not in file.path] == [
        name for name in ("_SUCCESS", "notes.txt", "theirs.csv") if File(f"{path}/{name}").exists()
    ]
    assert len(dataset.filenames) == 1


@pytest.mark.slow
def test_what_is_not_as_it_was_is_not_loaded(spark: Any) -> None:
    dataset = ShardedDataset.from_data(spark.range(5).repartition(2), "t")
    recorded = pickle.loads(pickle.dumps(dataset))
    first, second = dataset.filenames
    File(second).write(File(first).read("rb"))
    with pytest.raises(ValueError, match=f"of 2 shards 1 differ; '{second}' was changed. Run the task again"):
        recorded.load_spark(validate=True)
    File(second).remove()
    with pytest.raises(ValueError, match=f"of 2 shards 1 differ; '{second}' is missing"):
        recorded.load_spark(validate=True)
    assert recorded.load_spark().count() == dataset.load_spark(validate=True).count()
    with pytest.raises(
        ValueError, match="do not have the columns of its schema: column 'x' should be integer and is absent"
    ):
        ShardedDataset("t", schema=spark.sql("select 1 as x").schema.json()).load_spark(validate=True)
    with pytest.raises(ValueError, match="There is no orc file in 't' to load"):
        ShardedDataset("t", "orc").load_spark()
    with pytest.raises(ValueError, match="of the formats avro, csv, json, orc, parquet, not 'xml'"):
        ShardedDataset.from_data(spark.range(1), "t", "xml")
    with pytest.raises(ValueError, match="cannot be partitioned by 'x': the DataFrame has the columns id"):
        ShardedDataset.from_data(spark.range(1), "t", partition_keys=["x"])
    with pytest.raises(ValueError, match="cannot be partitioned by all of its columns"):
        ShardedDataset.from_data(spark.range(1), "t", partition_keys=["id"])


@pytest.mark.slow
@pytest.mark.skipif(version("pyspark") < "4", reason="pyspark 3.5 brings no server")
def test_spark_connect(connect_server: Any, tmp_path: Path) -> None:
    """Nothing is known of a server's JVM but that it reads local files."""
    section = {"master": connect_server.url, "keep_session": "true"}
    with use(read_options("spark", section, {}, "/").application) as running:
        session = running.session()
        for path, format in (("local", "parquet"), ("local-avro", "avro"), (f"box:/{tmp_path}/box", "json")):  # noqa: A001
            frame = session.range(6).selectExpr("id", "id % 2 AS odd")
            dataset = ShardedDataset.from_data(frame, path, format, partition_keys=["odd"])
            found = load_in(dataset, session, validate=format == "parquet")
            assert rows(found) == rows(frame)
            first = sql_query(found, "SELECT count(*) FROM dataset")
            second = sql_query(
                found.where("id > 3"), "WITH few AS (SELECT * FROM dataset) SELECT count(*) FROM few; "
            )
            assert [row[0] for frame in (first, second) for row in frame.collect()] == [6, 2]
        doubled = udf(lambda number: 2 * number, return_type="long")
        assert sorted(row[0] for row in frame.select(doubled(frame.id)).collect()) == [0, 2, 4, 6, 8, 10]
        assert doubled(3) == 6


@pytest.mark.slow
def test_values_of_partition_keys_that_look_like_something_else(spark: Any) -> None:
    rows = """
        SELECT id, concat('user-550e8400-e29b-41d4-a716-44665544000', id % 2) AS key, id % 2 AS half,
            CASE WHEN id < 2 THEN '' WHEN id < 4 THEN null ELSE 'x' END AS maybe, double('NaN') AS none
        FROM range(0, 6, 1, 1)
    """
    for scheme in ("", "box:/"):
        for keys in (["key"], ["maybe", "half"], ["none"]):
            path = f"{scheme}{os.getcwd()}/{'-'.join(keys)}"
            dataset = ShardedDataset.from_data(spark.sql(rows), path, partition_keys=keys)
            found = dataset.load_spark(validate=True).select("id", "key").collect()
            assert sorted(found) == [
                (number, f"user-550e8400-e29b-41d4-a716-44665544000{number % 2}") for number in range(6)
            ]
