"""What this distribution supplies, as redun asks for it; imports nothing of AWS."""

from __future__ import annotations

from redun.plugin import CommandSpec, ExecutorSpec, hookimpl

REDUN_API = 1


@hookimpl
def redun_executors() -> list[ExecutorSpec]:
    return [ExecutorSpec("aws_batch", "redun_executor_batch.executor:BatchExecutor", "Jobs on AWS Batch.")]


@hookimpl
def redun_commands() -> list[CommandSpec]:
    commands = "redun_executor_batch.commands"
    return [
        CommandSpec("aws list-jobs", f"{commands}.listing:list_jobs", "List jobs on AWS Batch."),
        CommandSpec("aws logs", f"{commands}.reading:logs", "Show what jobs on AWS Batch wrote."),
        CommandSpec(
            "aws clean", f"{commands}.cleaning:clean", "Remove what old jobs left in the scratch folder."
        ),
        CommandSpec("aws kill-jobs", f"{commands}.killing:kill_jobs", "End jobs on AWS Batch."),
    ]
