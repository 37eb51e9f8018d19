"""`ShardedDataset`: a table in many files."""

from __future__ import annotations

import builtins
import datetime
import gzip
import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from redun.file import Dir, File, ShardedDataset
from redun.filesystems.atomic import LEFTOVER
from redun.filesystems.owners import owned_name
from redun.hashing.values import hash_value
from redun.value.seal import seal, unseal


def recorded(value: Any) -> Any:
    return unseal(seal(value).payload)


@pytest.fixture
def dataset() -> ShardedDataset:
    for name in ("part-0.csv", "deep/part-1.csv", "_SUCCESS", "notes.txt", "other.parquet"):
        File(f"d/{name}").write("x,y\n1,a\n")
    return ShardedDataset("d/", format="csv")


def names(dataset: ShardedDataset) -> list[str]:
    return [Dir("d").rel_path(name) for name in dataset.filenames]


def test_the_shards_are_the_files_of_the_format(dataset: ShardedDataset) -> None:
    assert (dataset.path, dataset.format, dataset.recurse) == ("d", "csv", True)
    assert names(dataset) == ["deep/part-1.csv", "part-0.csv"]
    assert [file.path for file in dataset] == dataset.filenames
    assert names(ShardedDataset("d", "csv", recurse=False)) == ["part-0.csv"]
    assert names(ShardedDataset("d")) == ["other.parquet"]
    for name, kind in (("a.csv.gz", "csv"), ("b.JSON", "json"), ("c.jsonl", "json"), ("d.snappy.orc", "orc")):
        File(f"d/{name}").write("")
        assert name in names(ShardedDataset("d", kind))
    for kind in ("avro", "ion", "grokLog", "xml"):
        assert ShardedDataset("d", kind).filenames == []
    with pytest.raises(ValueError, match=r"Unknown format 'xls'.*known: avro, csv"):
        ShardedDataset("d", "xls")


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        (lambda: File("d/part-0.csv").touch(), True),
        (lambda: File("d/_SUCCESS").write("again"), True),
        (lambda: File("d/part-0.csv").write("x,y\n2,b\n"), False),
        (lambda: File("d/part-0.csv").remove(), False),
        (lambda: File("d/deep/part-2.csv").write("x,y\n2,b\n"), False),
    ],
)
def test_a_changed_shard_is_another_dataset(dataset: ShardedDataset, change: Any, valid: bool) -> None:
    sealed = seal(dataset)
    result = unseal(sealed.payload)
    assert sealed.type_name == "redun.ShardedDataset"
    assert [part.value.path for part in sealed.parts] == dataset.filenames
    change()
    assert result.is_valid() is valid
    assert (ShardedDataset("d", "csv").hash == result.hash) is valid
    again = pickle.loads(pickle.dumps(result))
    assert (again.hash, again.format, again.recurse) == (result.hash, "csv", True)


def test_what_spark_hides_is_no_shard(dataset: ShardedDataset) -> None:
    before = dataset.hash
    for name in (
        ".part-0.csv.crc",
        "_temporary/0/part-0.csv",
        ".hidden/a.csv",
        "_metadata.csv",
        ".redun-writing-1/a.csv",
    ):
        File(f"d/{name}").write("x,y\n1,a\n")
    assert (ShardedDataset("d", "csv").hash, names(dataset)) == (before, ["deep/part-1.csv", "part-0.csv"])
    File("d/_year=2020/part-0.csv").write("x,y\n1,a\n")
    assert len(names(dataset)) == 3


SCHEMA = {
    "type": "struct",
    "fields": [
        {"name": "x", "type": "long", "nullable": False, "metadata": {}},
        {"name": "year", "type": "integer", "nullable": True, "metadata": {}},
        {"name": "day", "type": "date", "nullable": True, "metadata": {}},
        {"name": "place", "type": "string", "nullable": True, "metadata": {}},
    ],
}


def test_a_schema_counts_and_is_recorded(dataset: ShardedDataset) -> None:
    told = ShardedDataset("d", "csv", schema=json.dumps(SCHEMA))
    assert told.hash != dataset.hash
    result = recorded(told)
    assert (result.schema, result.hash, result.is_valid()) == (told.schema, told.hash, True)
    assert pickle.loads(pickle.dumps(result)).schema == told.schema
    # Keys in another order, and what columns may lack, make no other schema.
    other = {"fields": [dict(reversed(field.items())) for field in SCHEMA["fields"]], "type": "struct"}
    other["fields"][0]["nullable"] = True
    assert ShardedDataset("d", "csv", schema=json.dumps(other)).hash == told.hash
    assert ShardedDataset.from_files(dataset.files(), schema=json.dumps(other)).schema == told.schema
    other["fields"].reverse()
    assert ShardedDataset("d", "csv", schema=json.dumps(other)).hash != told.hash
    for wrong in ("x INT", "[]", '{"type": "long"}', '{"type": "struct", "fields": [1]}'):
        with pytest.raises(
            ValueError, match=r"is the JSON of a Spark schema, as frame\.schema\.json\(\) returns it"
        ):
            ShardedDataset("d", schema=wrong)


def test_what_was_recorded_without_a_schema_keeps_its_hash() -> None:
    File("d/part-0.csv").write("x,y\n1,a\n")
    dataset = ShardedDataset("d", "csv")
    assert dataset.hash == "eb7e52ee64feadf8be084a76f51f9dd210366a1d"
    assert len(dataset.__getstate__()) == 5


def test_hashes_of_shards(dataset: ShardedDataset) -> None:
    result = recorded(dataset)
    before = result.shard_hashes
    assert before == {name: File(name).hash for name in dataset.filenames}
    File("d/part-0.csv").write("x,y\n2,b\n")
    changed = {
        name for name, known in ShardedDataset("d", "csv").shard_hashes.items() if known != before[name]
    }
    assert (changed, result.shard_hashes) == ({"d/part-0.csv"}, before)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_columns_that_directories_tell(library: str) -> None:
    pytest.importorskip(library)
    for number, directory in enumerate(
        (
            "year=2020/day=2020-01-02/place=K%C3%B6ln%2F1",
            "year=2021/day=2021-01-02/place=__HIVE_DEFAULT_PARTITION__",
        )
    ):
        File(f"d/{directory}/part-0.csv").write(f"x\n{number}\n")
    dataset = ShardedDataset("d", "csv", schema=json.dumps(SCHEMA))
    if library == "pandas":
        columns = dataset.load_pandas().to_dict("list")
    elif library == "polars":
        columns = dataset.load_polars().to_dict(as_series=False)
    else:
        columns = dataset.load_arrow().to_pydict()
    assert columns == {
        "x": [0, 1],
        "year": [2020, 2021],
        "day": [datetime.date(2020, 1, 2), datetime.date(2021, 1, 2)],
        "place": ["Köln/1", None],
    }
    plain = ShardedDataset("d", "csv").load_pandas()
    assert list(plain) == ["x"]


def test_every_library_reads_the_formats_of_spark() -> None:
    polars = pytest.importorskip("polars")
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("fastavro")
    content = {"x": [1, 2], "y": ["a", None]}
    avro = ShardedDataset.from_data(polars.DataFrame(content), "avro", "avro")
    orc = ShardedDataset.from_data(pandas.DataFrame(content), "orc", "orc")
    for dataset in (avro, orc):
        assert dataset.load_polars().to_dict(as_series=False) == content
        assert dataset.load_arrow().to_pydict() == content
        assert dataset.load_pandas()["x"].to_list() == [1, 2]


def test_purge_goes_by_age(dataset: ShardedDataset) -> None:
    File("d/part-0.csv").touch(time.time() - 5 * 3600)
    before = dataset.hash
    dataset.purge_spark(remove_older_than=6)
    assert dataset.hash == before
    dataset.purge_spark(manifest_file_path="removed.txt")
    assert (names(dataset), File("removed.txt").read()) == (["deep/part-1.csv"], "d/part-0.csv\n")
    assert File("d/other.parquet").exists()
    dataset.purge_spark(0)
    assert names(dataset) == []


def test_spark_is_asked_for_by_name(dataset: ShardedDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redun_executor_spark", None)
    monkeypatch.delitem(sys.modules, "redun_executor_spark.datasets", raising=False)
    for use in (dataset.load_spark, lambda: dataset.save_spark(None)):
        with pytest.raises(ImportError, match="pip install redun-executor-spark"):
            use()
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="Only a DataFrame of Spark can be written with partition_keys"):
        ShardedDataset.from_data(pandas.DataFrame({"x": [1]}), "d", partition_keys=["x"])


def test_format_and_depth_count() -> None:
    empty = [ShardedDataset("d", kind, recurse) for kind in ("csv", "orc") for recurse in (True, False)]
    assert len({hash_value(dataset) for dataset in empty}) == 4
    assert hash_value(Dir("d")) not in {hash_value(dataset) for dataset in empty}


def test_from_files(dataset: ShardedDataset) -> None:
    files = dataset.files()
    assert ShardedDataset.from_files(files).hash == dataset.hash
    File("d/extra.csv").write("")
    with pytest.raises(ValueError, match=r"such as 'd/extra.csv'; pass allow_additional_files=True"):
        ShardedDataset.from_files(files)
    assert len(ShardedDataset.from_files(files, allow_additional_files=True).files()) == 3
    assert ShardedDataset.from_files([File("d/deep/part-1.csv")]).path == "d/deep"
    File("here.csv").write("")
    assert ShardedDataset.from_files([File("here.csv")]).filenames == ["./here.csv"]
    assert ShardedDataset.from_files([File(str(Path("d/deep/part-1.csv").absolute()))]).path == str(
        Path("d/deep").absolute()
    )
    with pytest.raises(ValueError, match="at least one file"):
        ShardedDataset.from_files([])
    with pytest.raises(ValueError, match="do not tell one format"):
        ShardedDataset.from_files([File("d/part-0.csv"), File("d/other.parquet")])
    with pytest.raises(ValueError, match=r"'d/nope.csv' is missing"):
        ShardedDataset.from_files([File("d/nope.csv")])
    with pytest.raises(ValueError, match="no directory in common"):
        ShardedDataset.from_files([File("d/part-0.csv"), File("/d/part-0.csv")])


@pytest.mark.parametrize("kind", ["parquet", "csv", "json", "orc", "xml"])
def test_pandas(kind: str) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pytest.importorskip("lxml")
    table = pandas.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    dataset = ShardedDataset.from_data([table, table], "d", kind)
    before = recorded(dataset)
    assert len(dataset.filenames) == 2
    assert dataset.load_pandas().to_dict("list") == {"x": [1, 2, 1, 2], "y": ["a", "b", "a", "b"]}
    assert len(dataset.load_pandas(max_shards=1)) == 2
    assert [len(shard) for shard in dataset.load_pandas_shards()] == [2, 2]
    assert len(dataset.load_pandas_shards(max_shards=1)) == 1
    # A dataset that is written again is what was written, not what was left.
    ShardedDataset.from_data(table, "d", kind)
    assert (before.is_valid(), len(dataset.filenames)) == (False, 1)


def test_a_table_that_cannot_be_written_leaves_what_was_there() -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    dataset = ShardedDataset.from_data([pandas.DataFrame({"x": [number]}) for number in range(3)], "d")
    before = dataset.hash
    with pytest.raises(Exception, match="x"):
        ShardedDataset.from_data([pandas.DataFrame({"x": [9]}), pandas.DataFrame({"x": [object()]})], "d")
    assert ShardedDataset("d").hash == before
    assert sorted(os.listdir("d")) == [f"part-0000{number}.parquet" for number in range(3)]


def test_what_killed_writers_left_goes_with_the_next_one() -> None:
    pandas = pytest.importorskip("pandas")
    with subprocess.Popen(["true"]) as ended:
        pass
    ours = owned_name(LEFTOVER)
    theirs = ours.replace(f"-{os.getpid()}-", f"-{ended.pid}-")
    elsewhere = theirs.replace(theirs.split("-")[2], "0" * 12)
    for name in (ours, theirs, elsewhere):
        File(f"d/{name}/part-0.csv").write("x")
    dataset = ShardedDataset.from_data(pandas.DataFrame({"x": [1]}), "d", "csv")
    assert sorted(os.listdir("d")) == sorted([ours, elsewhere, "part-00000.csv"])
    assert names(dataset) == ["part-00000.csv"]


@pytest.mark.parametrize("kind", ["parquet", "csv", "json", "avro"])
def test_polars(kind: str) -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    dataset = ShardedDataset.from_data([table, table], "d", kind)
    assert dataset.load_polars().to_dict(as_series=False) == {"x": [1, 2, 1, 2], "y": ["a", "b", "a", "b"]}


@pytest.mark.parametrize("kind", ["parquet", "csv", "orc"])
def test_arrow(kind: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"x": [1, 2], "y": ["a", "b"]})
    dataset = ShardedDataset.from_data((table, table), "d", kind)
    assert dataset.load_arrow().to_pydict() == {"x": [1, 2, 1, 2], "y": ["a", "b", "a", "b"]}


def test_json_of_spark_and_of_others() -> None:
    pytest.importorskip("pandas")
    File("d/part-0.json").write('{"x": 1}\n{"x": 2}\n')
    File("d/part-1.json").write('[{"x": 3}]')
    File("d/part-2.json.gz").write(gzip.compress(b'{"x": 4}\n'))
    File("d/part-3.csv.gz").write(gzip.compress(b"x\n5\n"))
    assert ShardedDataset("d", "json").load_pandas()["x"].to_list() == [1, 2, 3, 4]
    assert ShardedDataset("d", "csv").load_pandas(dtype="float")["x"].to_list() == [5.0]


def test_what_cannot_be_done_is_said(dataset: ShardedDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = pytest.importorskip("pandas")
    before = dataset.hash
    with pytest.raises(
        ValueError, match=r"pandas reads no ion datasets; it reads avro, csv, json, orc, parquet, xml\."
    ):
        ShardedDataset("d", "ion").load_pandas()
    with pytest.raises(ValueError, match=r"builtins\.dict is no table that can be written"):
        ShardedDataset.from_data({"x": [1]}, "d", "csv")
    with pytest.raises(ValueError, match="There is no parquet file in 'nowhere' to load"):
        ShardedDataset("nowhere").load_pandas()
    with pytest.raises(ValueError, match="pandas writes no avro datasets; it writes csv, "):
        ShardedDataset.from_data(pandas.DataFrame(), "d", "avro")
    assert dataset.hash == before

    def missing(name: str, *args: Any, **options: Any) -> Any:
        if name.partition(".")[0] in ("pandas", "polars", "pyarrow"):
            raise ImportError(f"No module named {name!r}")
        return importing(name, *args, **options)

    importing = builtins.__import__
    monkeypatch.setattr("redun.file.frames.import_module", missing)
    for load, library in (
        (dataset.load_pandas, "pandas"),
        (dataset.load_polars, "polars"),
        (dataset.load_arrow, "pyarrow"),
    ):
        with pytest.raises(ImportError, match=f"pip install {library}"):
            load()
