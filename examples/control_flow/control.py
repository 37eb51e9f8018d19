"""Sequencing samples: branches on lazy values, recovery from errors, a fixed order."""

from __future__ import annotations

from redun import catch, catch_all, cond, seq, task, throw

redun_namespace = "examples.control_flow"


class ContaminatedError(Exception):
    """A sample cannot be used."""


@task
def quality(sample: str) -> int:
    """Measure a sample."""
    return {"good": 38, "fair": 27, "poor": 4}.get(sample, 0)


@task
def assemble(sample: str) -> str:
    """Put the reads of a sample together, unless there is something else in it."""
    if sample == "dirty":
        raise ContaminatedError("sample dirty: half of it is yeast")
    return f"{sample}.fasta"


@task
def polish(assembly: str) -> str:
    """Improve an assembly."""
    return assembly.replace(".fasta", ".polished.fasta")


@task
def set_aside(error: ContaminatedError) -> str:
    """Say why there is no assembly."""
    return f"set aside ({error})"


@task
def report(results: list) -> list[str]:
    """Keep what worked, and name the errors of what did not."""
    return [f"failed: {result}" if isinstance(result, Exception) else result for result in results]


@task
def announce(text: str) -> str:
    """Print a line."""
    print(text)
    return text


@task
def process(sample: str) -> str:
    """Assemble a sample in the way that its quality allows."""
    score = quality(sample)
    return cond(
        score >= 30,
        assemble(sample),
        score >= 20,
        polish(assemble(sample)),
        throw(ValueError(f"sample {sample}: too poor to assemble")),
    )


@task
def branches() -> list[str]:
    """Take one branch for each sample."""
    return [process("good"), process("fair")]


@task
def recover() -> str:
    """Recover from one kind of error."""
    return catch(assemble("dirty"), ContaminatedError, set_aside)


@task
def recover_all() -> list[str]:
    """Wait for all samples, then say what became of each."""
    samples = [process("good"), process("poor"), assemble("dirty")]
    return catch_all(samples, (ValueError, ContaminatedError), report)


@task
def in_order() -> list[str]:
    """Do one thing after the other."""
    return seq([announce("first"), announce("second"), announce("third")])
