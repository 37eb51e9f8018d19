"""What jobs printed and logged, as lines and as documents.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from redun.recorder.reader import Reader
from redun.recorder.reader_output import JobOutput, jobs_with_output, output_of_job
from redun.recorder.reader_records import Candidate, Kind

from redun_cli.log import documents

__all__ = ["printed_documents", "printed_lines"]


def printed_lines(reader: Reader, found: Candidate, limit: int) -> Iterator[str]:
    """Yield the lines about what a job, or each job of an execution that did, printed and logged."""
    nothing = True
    for output in _outputs(reader, found, limit):
        if not nothing:
            yield ""
        nothing = False
        yield f"Job {output.job.id} {output.job.task}"
        if output.ran is not None:
            yield f"It was replayed; this is from Job {output.ran.id}, which ran."
        for stream in output.streams:
            missing = f" ({stream.dropped} bytes left out)" if stream.dropped else ""
            yield f"{stream.name}:{missing}"
            for line in stream.text.splitlines():
                yield f"  {line.expandtabs(4)}".rstrip()
        if not output.streams:
            yield "Nothing was printed or logged by this job, or kept of it."
    if nothing:
        yield "No job of this execution printed or logged anything that was kept."


def printed_documents(reader: Reader, found: Candidate, limit: int) -> Iterator[dict[str, Any]]:
    """Yield a document for each job."""
    for output in _outputs(reader, found, limit):
        ran = output.ran
        yield {
            "kind": "output",
            "job": documents.job_id(output.job, output.job.number),
            "task": output.job.task,
            "replayed_from": None if ran is None else documents.job_id(ran, ran.number),
            **dict.fromkeys(("stdout", "stderr", "log")),
            **{stream.name: {"text": stream.text, "dropped": stream.dropped} for stream in output.streams},
        }


def _outputs(reader: Reader, found: Candidate, limit: int) -> Iterator[JobOutput]:
    if found.kind is Kind.JOB:
        yield output_of_job(reader, reader.job(*cast(tuple[int, int], found.key)))
        return
    execution = reader.execution_of_id(cast(bytes, found.key))
    for job in jobs_with_output(reader, execution.key, limit):
        yield output_of_job(reader, job)
