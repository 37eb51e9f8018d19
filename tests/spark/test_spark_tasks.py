"""Tasks that drive Spark and what they return: DataFrames, functions for columns, queries, names of redun.glue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, ShardedDataset, task
from redun.config import Config
from redun.errors import ConfigError, ExecutorError
from redun.hashing.code import CodeHasher
from redun.tools import dataset_of

redun_namespace = "tables"

ran: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran.clear()


# Spark warns of annotations that are not of tables.
pytestmark = pytest.mark.filterwarnings("error:Cannot infer the eval type")


@pytest.fixture
def run(spark_section: dict[str, str], tmp_path: Path) -> Callable[..., Any]:
    """Run an expression, each time by a new scheduler on the same record."""

    def run(expression: Any, **options: str) -> Any:
        section = {**spark_section, **options}
        config = Config(
            {"backend": {"db_uri": "sqlite:///redun.db"}, "executors.spark": section}, configdir=str(tmp_path)
        )
        with Scheduler(config) as scheduler:
            return scheduler.run(expression)

    return run


def frame_of(count: int) -> Any:
    from redun.glue import get_spark_session

    return get_spark_session().range(0, count, 1, 2)


@task(executor="spark")
def numbers(count: int) -> Any:
    ran["numbers"] += 1
    return frame_of(count)


@task(executor="spark")
def several(count: int) -> Any:
    frame = frame_of(count)
    return {"all": frame, "same": [frame], "even": frame.where("id % 2 = 0"), "text": "kept"}


@task(executor="spark", dataset_path="named", dataset_format="csv")
def named() -> Any:
    return frame_of(3)


@task(executor="spark")
def total(dataset: ShardedDataset) -> int:
    ran["total"] += 1
    return sum(row["id"] for row in dataset.load_spark(validate=True).collect())


@task()
def total_without_spark(dataset: ShardedDataset) -> int:
    return int(dataset.load_pandas()["id"].sum())


@task()
def main(count: int) -> Any:
    dataset = numbers(count)
    return dataset, total(dataset), total_without_spark(dataset)


@task(executor="spark")
def lends() -> Any:
    return total(frame_of(2))


def test_a_frame_in_a_result_is_a_dataset(run: Callable[..., Any], tmp_path: Path) -> None:
    dataset, *sums = run(main(10))
    assert (type(dataset), dataset.format, sums) == (ShardedDataset, "parquet", [45, 45])
    assert dataset.path.startswith(f"{tmp_path}/scratch/datasets/")
    assert '"name":"id"' in dataset.schema
    assert len(dataset.filenames) == 2
    assert list(dataset.shard_hashes) == dataset.filenames
    run(main(10))
    assert ran == {"numbers": 1, "total": 1}
    # A changed shard is seen; what is made again is what it was, so nothing else runs.
    File(dataset.filenames[0]).write("damaged")
    assert run(main(10))[0].hash == dataset.hash
    File(dataset.filenames[1]).remove()
    assert run(main(10))[0].hash == dataset.hash
    assert ran == {"numbers": 3, "total": 1}

    found = run(several(4))
    assert found["same"][0].hash == found["all"].hash
    assert found["text"] == "kept"
    assert (found["all"].path[-2:], found["even"].path[-2:]) == ("/0", "/1")
    assert [len(found[name].load_pandas()) for name in ("all", "even")] == [4, 2]
    assert (run(named()).path, File("named/part-00000-c000.csv").readlines()[0]) == ("named", "id\n")
    with pytest.raises(
        ExecutorError, match=r"tables\.lends returned a call with a DataFrame of Spark \(id\)"
    ):
        run(lends())
    with pytest.raises(ConfigError, match="dataset_format"):
        run(numbers(1), dataset_format="xls")


@pytest.mark.slow
def test_scratch_elsewhere(run: Callable[..., Any], tmp_path: Path) -> None:
    assert run(numbers(2), scratch="shared").path.startswith(f"{tmp_path}/shared/datasets/")
    # Of each call a folder of its own, relative to the configuration's as all paths of a section are.
    three, four = run([numbers(3), numbers(4)], dataset_path="tables")
    assert {Path(dataset.path).parent for dataset in (three, four)} == {tmp_path / "tables"}
    assert [len(dataset.load_pandas()) for dataset in (three, four)] == [3, 4]


OLD = """
from redun import ShardedS3Dataset, task
from redun.glue import get_spark_context, get_spark_session, get_num_workers, sql_query, udf
from redun.glue import clean_datacatalog_table, load_datacatalog_spark_dataset
from lengths import length

redun_namespace = "old"

@udf(return_type="int")
def measured(word: str) -> int:
    return length(word)

shout = udf(lambda word: word.upper())

@task(executor="spark", workers=2, worker_type="G.1X", glue_version="4.0", timeout=60, additional_libs=[])
def count(path: str) -> dict:
    from pyspark.sql.functions import col
    assert get_spark_context().parallelize([1, 2]).sum() == 3
    assert get_num_workers() >= 1
    assert (measured("spark"), shout("spark")) == (5, "SPARK")
    session = get_spark_session()
    words = session.createDataFrame([("a",), ("bb",), ("cc",)], "word string")
    lengths = words.select(col("word"), measured(col("word")).alias("length"), shout(words.word).alias("loud"))
    session.udf.register("measured", measured)
    lengths.createOrReplaceTempView("words")
    assert [row[0] for row in session.sql("SELECT measured(word) FROM words ORDER BY 1").collect()] == [1, 2, 2]
    found = sql_query(lengths, "SELECT length, max(loud) AS most FROM words GROUP BY length", dataset_alias="words")
    longest = sql_query(found, "SELECT max(length) AS longest FROM dataset")
    dataset = ShardedS3Dataset(path)
    dataset.save_spark(found, partition_keys=["length"], catalog_table="by_length")
    table = load_datacatalog_spark_dataset("default", "by_length")
    counts = {row["length"]: row["most"] for row in table.collect()}
    clean_datacatalog_table("default", "by_length")
    assert table.count() == 2
    clean_datacatalog_table("default", "by_length", remove_older_than=0)
    assert not session.catalog.tableExists("by_length")
    dataset.save_spark(found, ["length"])
    return {"longest": longest.collect()[0][0], "counts": counts, "dataset": dataset}

@task()
def main(path: str) -> dict:
    return count(path)
"""


def test_a_workflow_for_glue(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in modules that Spark's workers cannot import."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "lengths.py").write_text("def length(word):\n    return len(word)\n")
    (folder / "old_workflow.py").write_text(OLD)
    monkeypatch.syspath_prepend(str(folder))
    import lengths
    import old_workflow

    found = run(old_workflow.main(f"{tmp_path}/lengths"))
    assert (found["longest"], found["counts"]) == (2, {1: "A", 2: "CC"})
    dataset = found["dataset"]
    assert sorted(dataset.load_pandas().itertuples(index=False, name=None)) == [("A", 1), ("CC", 2)]
    assert {Path(name).parent.name for name in dataset.filenames} == {"length=1", "length=2"}

    # What a function for columns calls counts in the hash of the task that uses it.
    before = CodeHasher().hash(old_workflow.count.func)
    monkeypatch.setattr(lengths, "length", lambda word: 2 * len(word))
    monkeypatch.setattr(old_workflow, "length", lengths.length)
    assert CodeHasher().hash(old_workflow.count.func) != before


@task(executor="spark", mode="worker")
def shard(number: int, folder: str) -> File:
    with open(f"{folder}/made-{number}", "a") as made:
        made.write("x")
    file = File(f"{folder}/table/part-{number:02}.csv")
    file.write(f"x\n{number}\n")
    return file


@task()
def table(count: int, folder: str) -> ShardedDataset:
    return dataset_of([shard(number, folder) for number in range(count)])


@pytest.mark.slow
def test_only_missing_shards_are_made_again_on_workers(run: Callable[..., Any], tmp_path: Path) -> None:
    found = run(table(20, str(tmp_path)))
    third, seventeenth = (found.filenames[number] for number in (3, 17))
    File(third).remove()
    File(seventeenth).write("x\n1000\n")
    assert run(table(20, str(tmp_path))).hash == found.hash
    made = {number: (tmp_path / f"made-{number}").read_text() for number in range(20)}
    assert made == {number: "xx" if number in (3, 17) else "x" for number in range(20)}
