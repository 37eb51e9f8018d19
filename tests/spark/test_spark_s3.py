"""Datasets of Spark on S3, where Spark has no libraries for it: through redun's own file system, on the workers."""

from __future__ import annotations

from typing import Any

import pytest
from services.s3 import moto_server

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_java")]

WORKFLOW = """
from redun import File, Scheduler, ShardedDataset, task
from redun.config import load_config
from redun_executor_spark import get_spark_session

@task(executor="spark", dataset_path="s3://tables/numbers")
def numbers(count: int):
    return get_spark_session().range(0, count, 1, 2)

@task(executor="spark")
def even(dataset: ShardedDataset) -> ShardedDataset:
    frame = dataset.load_spark(validate=True).selectExpr("id", "id % 2 AS odd")
    return ShardedDataset.from_data(frame, "s3://tables/halves", "csv", partition_keys=["odd"])

@task()
def main(count: int) -> tuple:
    dataset = numbers(count)
    return dataset, even(dataset)

if __name__ == "__main__":
    with Scheduler(load_config(".redun")) as scheduler:
        dataset, halves = scheduler.run(main(10))
    assert [File(name).basename() for name in dataset.filenames] == [f"part-0000{n}.parquet" for n in range(2)]
    assert sorted(halves.load_pandas().itertuples(index=False, name=None)) == [(n, n % 2) for n in range(10)]
    File(dataset.filenames[1]).write("damaged")
    assert dataset.is_valid() is False
    halves.purge_spark(remove_older_than=1)
    assert len(halves.filenames) > 0
    halves.purge_spark(remove_older_than=0)
    print(len(halves.filenames))
"""


def test_datasets_on_s3(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_server() as endpoint:
        for name, value in endpoint.environment().items():
            monkeypatch.setenv(name, value)
        # Installed where this test runs, on one Python.
        import boto3

        client = boto3.client("s3", **endpoint.arguments())
        client.create_bucket(Bucket="tables")
        project.write(WORKFLOW)
        assert project.run() == "0\n"
        keys = [found["Key"] for found in client.list_objects_v2(Bucket="tables")["Contents"]]
        assert keys == [f"numbers/part-0000{number}.parquet" for number in range(2)]
