"""A job of the local Batch: its states, its attempts, and what is told about it."""

from __future__ import annotations

import contextvars
import fnmatch
import secrets
import signal
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import moto.batch.models as models

from services.aws import images, nodes
from services.aws.dispatch import Dispatcher
from services.aws.faults import JobFault
from services.aws.images import Ended, Running

# What the call of SubmitJob gave, of which moto hands on only a part.
SUBMITTED: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("SUBMITTED")
GROUP = "/aws/batch/job"
EXITED = "Essential container in task exited"
TIMED_OUT = "Job attempt duration exceeded timeout"
GRACE = 1.0


class LocalJob(models.Job):
    """Runs its command, where moto's own would ask a Docker engine of its choice."""

    dispatcher: Dispatcher

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.submitted = SUBMITTED.get({})
        self.current: Running | None = None
        self.fault: JobFault | None = None
        self.job_stopped_reason: str | None = None
        self.terminated = False
        self.container_reason: str | None = None
        self.status = "SUBMITTED"

    def start(self) -> None:
        """Queue the job."""
        self.status = "PENDING" if self.depends_on else "RUNNABLE"
        self.dispatcher.submit(self)

    # Before it runs

    def ready(self) -> bool:
        """Tell whether everything that it depends on succeeded."""
        if any(self.state_of(identifier) != "SUCCEEDED" for identifier in self.dependencies()):
            return False
        self.status = "RUNNABLE"
        return True

    def ended_before_start(self) -> bool:
        """Tell whether it was cancelled, or can never run because a dependency failed."""
        if any(self.state_of(identifier) == "FAILED" for identifier in self.dependencies()):
            self.job_stopped_reason = self.job_stopped_reason or "Dependent Job failed"
            self.stop = True
        if self.stop:
            self._mark_stopped(success=False)
        return bool(self.stop)

    def dependencies(self) -> list[str]:
        """Return the ids of the jobs that it waits for."""
        return [dependency["jobId"] for dependency in self.depends_on or () if "jobId" in dependency]

    def state_of(self, identifier: str) -> Any:
        """Return the state of another job."""
        job = self.all_jobs.get(identifier)
        return job.describe_short()["status"] if job is not None else "SUCCEEDED"

    # Running

    def run(self) -> None:
        """Make attempts until one succeeds or no more are allowed."""
        try:
            strategy = self.submitted.get("retryStrategy") or self.job_definition.retry_strategy or {}
            for number in range(1, int(strategy.get("attempts", 1)) + 1):
                ended, reason = self.attempt(number)
                if ended.exit_code == 0 and not self.stop and self.fault is None:
                    break
                if self.stop or not retried(strategy, ended, reason):
                    break
                self.status = "RUNNABLE"
            self.exit_code = ended.exit_code
            self.container_reason = ended.reason
            self.job_stopped_reason = self.job_stopped_reason or reason
            self._mark_stopped(success=ended.exit_code == 0 and not self.stop and self.fault is None)
        except BaseException:
            # A mistake here must not look like a job that hangs.
            self.job_stopped_reason = f"The local Batch failed:\n{traceback.format_exc()}"
            self._mark_stopped(success=False)

    def attempt(self, number: int) -> tuple[Ended, str]:
        """Run the command once; return how it ended and what Batch says of it."""
        self.status = "STARTING"
        self.fault = None
        self.job_started_at = datetime.now()
        self.log_stream_name = f"{self.job_definition.name}/default/{uuid.uuid4().hex}"
        self._start_attempt()
        try:
            self.current = self.launch(number)
        except LookupError as error:
            return self.close_attempt(Ended(None, str(error.args[0])), str(error.args[0]))
        except OSError as error:
            return self.close_attempt(Ended(127, str(error)), EXITED)
        self.status = "RUNNING"
        if fault := self.dispatcher.faults.take(self.job_id, self.job_name):
            threading.Timer(fault.after, self.meet, [fault]).start()
        ended, reason = self.watch(self.current)
        return self.close_attempt(ended, reason)

    def launch(self, number: int) -> Running:
        """Start the command of an attempt, or those of its nodes."""
        own = {
            "AWS_BATCH_JOB_ID": self.job_id,
            "AWS_BATCH_JQ_NAME": self.job_queue.name,
            "AWS_BATCH_JOB_ATTEMPT": str(number),
            "AWS_BATCH_CE_NAME": "local",
        }
        if "index" in self.array_properties:
            own["AWS_BATCH_JOB_ARRAY_INDEX"] = str(self.array_properties["index"])
        if self.job_definition.node_properties is None:
            properties = self.job_definition.container_properties
            return self.start_container(nodes.overridden(properties, self.container_overrides), own)
        properties = self.job_definition.node_properties
        every = nodes.containers(properties, self.submitted.get("nodeOverrides") or {})
        main = int(properties.get("mainNode", 0))
        own |= {
            "AWS_BATCH_JOB_NUM_NODES": str(len(every)),
            "AWS_BATCH_JOB_MAIN_NODE_INDEX": str(main),
            "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": "127.0.0.1",
        }
        started = [
            self.start_container(container, own | {"AWS_BATCH_JOB_NODE_INDEX": str(index)})
            for index, container in enumerate(every)
        ]
        return nodes.Nodes(started.pop(main), started)

    def start_container(self, container: Mapping[str, Any], own: Mapping[str, str]) -> Running:
        """Start the command of a container."""
        needs = {entry["type"]: entry["value"] for entry in container.get("resourceRequirements") or ()}
        return self.dispatcher.images.start(
            container["image"],
            self._add_parameters_to_command(container.get("command") or []),
            {**images.described(container.get("environment")), **own},
            memory=int(float(needs.get("MEMORY") or container.get("memory") or 512)),
            write=self.writer(),
        )

    def watch(self, running: Running) -> tuple[Ended, str]:
        """Wait until the command ends, or is ended for one of the reasons there are."""
        limit = self._get_attempt_duration()
        deadline = time.monotonic() + limit if limit else float("inf")
        while (ended := running.poll()) is None:
            if self.fault is not None:
                return self.strike(running, self.fault)
            if self.stop:
                images.stop(running, GRACE)
                return running.poll() or Ended(137), self.job_stopped_reason or "Terminated"
            if time.monotonic() > deadline:
                images.stop(running, GRACE)
                self.stop = True
                return running.poll() or Ended(137), TIMED_OUT
            time.sleep(0.01)
        return ended, EXITED

    def strike(self, running: Running, fault: JobFault) -> tuple[Ended, str]:
        """End the command as the fault has it."""
        if fault.kind == "memory":
            running.signal(signal.SIGKILL)
            while running.poll() is None:
                time.sleep(0.01)
            return Ended(137, images.OUT_OF_MEMORY), EXITED
        images.stop(running, GRACE)
        host = f"i-{secrets.token_hex(8)}1"
        # The agent went with the host, so that nobody knows the exit code.
        return Ended(None), f"Host EC2 (instance {host}) terminated."

    def meet(self, fault: JobFault) -> None:
        """Let a fault befall the attempt that runs now."""
        if self.status == "RUNNING":
            self.fault = fault

    def kill(self) -> None:
        """End the command at once."""
        if self.current is not None:
            self.current.signal(signal.SIGKILL)

    def terminate(self, reason: str) -> None:
        """End the job, and the children of an array."""
        if self.job_stopped:
            return
        self.terminated = True
        super().terminate(reason)
        for child in self._child_jobs or ():
            child.terminate(reason)
        with self.dispatcher.changed:
            self.dispatcher.changed.notify_all()
        if not self._child_jobs and self.status in ("SUBMITTED", "PENDING", "RUNNABLE"):
            self._mark_stopped(success=False)

    def close_attempt(self, ended: Ended, reason: str) -> tuple[Ended, str]:
        """Note how the attempt ended."""
        self.job_stopped_at = datetime.now()
        self._stop_attempt()
        assert self.latest_attempt is not None
        container = self.latest_attempt["container"]
        if ended.exit_code is not None:
            container["exitCode"] = ended.exit_code
        if ended.reason is not None:
            container["reason"] = ended.reason
        self.latest_attempt["statusReason"] = reason
        return ended, reason

    # What it prints

    def writer(self) -> Callable[[str], None]:
        """Return what puts lines into the log stream of the attempt."""
        stream = self.log_stream_name
        backend = self._log_backend
        backend.ensure_log_group(GROUP)
        backend.ensure_log_stream(GROUP, stream)

        def write(line: str) -> None:
            event = {"timestamp": int(time.time() * 1000), "message": line}
            backend.put_log_events(GROUP, stream, [event])

        return write

    # What is told about it

    def describe(self) -> dict[str, Any]:
        """Return what DescribeJobs tells."""
        if self._child_jobs:
            self.sum_up(self._child_jobs)
        told: dict[str, Any] = super().describe()
        told["isTerminated"] = self.terminated
        if "container" in told:
            properties = self.job_definition.container_properties or {}
            told["container"] |= {
                "image": properties.get("image"),
                "resourceRequirements": self.container_overrides.get("resourceRequirements")
                or properties.get("resourceRequirements", []),
            }
            if self.job_stopped and self.exit_code is not None:
                told["container"]["exitCode"] = self.exit_code
            if self.container_reason is not None:
                told["container"]["reason"] = self.container_reason
        if "index" in self.array_properties:
            told["arrayProperties"] = {"index": self.array_properties["index"]}
        for name in ("shareIdentifier", "schedulingPriority", "retryStrategy", "propagateTags"):
            if name in self.submitted:
                told[name] = self.submitted[name]
        return told

    def describe_short(self) -> dict[str, Any]:
        """Return what ListJobs tells."""
        if self._child_jobs:
            self.sum_up(self._child_jobs)
        told: dict[str, Any] = super().describe_short()
        if self._child_jobs:
            told["arrayProperties"] = {"size": len(self._child_jobs)}
        elif "index" in self.array_properties:
            told["arrayProperties"] = {"index": self.array_properties["index"]}
        return told

    def sum_up(self, children: list[LocalJob]) -> None:
        """Give the parent of an array its state: PENDING until all children have ended, FAILED if one has."""
        if self.job_stopped:
            return
        states = {child.status for child in children}
        if states <= {"SUCCEEDED", "FAILED"}:
            if "FAILED" in states:
                self.job_stopped_reason = self.job_stopped_reason or "Array Child Job failed"
            self._mark_stopped(success="FAILED" not in states)
        else:
            self.status = "PENDING"


def retried(strategy: Mapping[str, Any], ended: Ended, reason: str) -> bool:
    """Tell whether Batch makes another attempt, by the first rule that fits; without rules it does."""
    facts = {
        "onExitCode": "" if ended.exit_code is None else str(ended.exit_code),
        "onReason": ended.reason or "",
        "onStatusReason": reason,
    }
    for rule in strategy.get("evaluateOnExit") or ():
        wanted = {name: rule[name] for name in facts if name in rule}
        if all(fnmatch.fnmatchcase(facts[name].lower(), glob.lower()) for name, glob in wanted.items()):
            return str(rule["action"]).lower() == "retry"
    return True
