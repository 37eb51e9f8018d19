"""Mean temperatures of stations, from files on S3 to files on S3."""

from __future__ import annotations

import csv
from statistics import mean

from redun import Dir, File, script, task

redun_namespace = "examples.s3"


@task
def station_mean(measured: File) -> tuple[str, float]:
    with measured.open() as lines:
        values = [float(row["celsius"]) for row in csv.DictReader(lines)]
    return measured.basename().removesuffix(".csv"), round(mean(values), 1)


@task
def table(means: list[tuple[str, float]], path: str) -> File:
    out = File(path)
    with out.open("w") as stream:
        for name, value in means:
            print(name, value, sep="\t", file=stream)
    return out


@task
def warmest_first(means: File, path: str) -> File:
    # `sort` knows nothing of S3: the table is copied to where it works, and what it makes copied back.
    return script(
        "sort -t '\t' -k 2 -n -r means.tsv > sorted.tsv",
        inputs=[means.stage("means.tsv")],
        outputs=File(path).stage("sorted.tsv"),
        tempdir=True,
    )


@task
def main(bucket: str = "my-bucket") -> File:
    stations = Dir(f"s3://{bucket}/stations")
    means = [station_mean(measured) for measured in stations]
    return warmest_first(table(means, f"s3://{bucket}/means.tsv"), f"s3://{bucket}/warmest.tsv")
