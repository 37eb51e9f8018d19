"""Commands as steps: reads of several samples are cleaned, counted and summed up in a table.

Each step names the files that it needs and the files that it makes. redun copies them in and out, runs a step again
when its command or one of its inputs changes, and makes a file again that somebody deleted.
"""

from __future__ import annotations

from redun import Dir, File, script, sh, task

redun_namespace = "examples.script"

# A script of any language: the first line says which. It works in a folder of its own, on `reads.fa`.
COUNT = """
#!/usr/bin/env python3
from collections import Counter

with open("reads.fa") as reads:
    bases = Counter(base for line in reads for base in line.strip())
total = sum(bases.values())
gc = (bases["G"] + bases["C"]) / total
with open("counts.tsv", "w") as counts:
    print(total, f"{gc:.3f}", sep="\\t", file=counts)
"""


@task
def clean(reads: File, cleaned: str, shortest: int) -> File:
    """Keep the reads that are long enough, one per line, sorted."""
    made = File(cleaned)
    return script(
        sh(
            "grep -v '^>' {} | tr acgt ACGT | awk -v shortest={} 'length >= shortest' | sort > {}",
            reads,
            shortest,
            made,
        ),
        inputs=[reads],
        outputs=made,
    )


@task
def count(cleaned: File, counts: str) -> File:
    """Count bases: how many there are, and the fraction of G and C."""
    return script(
        COUNT,
        inputs=[cleaned.stage("reads.fa")],
        outputs=File(counts).stage("counts.tsv"),
        tempdir=True,
    )


@task
def table(names: list[str], counts: list[File], path: str) -> File:
    """Put the counts of all samples into one table."""
    made = File(path)
    return script(
        sh(
            """
            {{
                printf 'sample\\tbases\\tgc\\n'
                paste <(printf '%s\\n' {names}) <(cat {counts})
            }} > {made}
            """,
            names=names,
            counts=counts,
            made=made,
        ),
        inputs=counts,
        outputs=made,
    )


@task
def main(samples: Dir = Dir("samples"), results: str = "results", shortest: int = 8) -> File:  # noqa: B008
    """Sum up all samples of a folder."""
    reads = [file for file in samples if file.path.endswith(".fa")]
    names = [file.basename().removesuffix(".fa") for file in reads]
    cleaned = [
        clean(file, f"{results}/{name}.txt", shortest) for file, name in zip(reads, names, strict=True)
    ]
    counts = [count(file, f"{results}/{name}.tsv") for file, name in zip(cleaned, names, strict=True)]
    return table(names, counts, f"{results}/table.tsv")
