"""The options that redun declares itself, with the types of their values.

Floor: language. Imported when a task is given options. Those of executors that are installed apart are declared here
as well, so that a workflow written for them loads wherever it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from redun.specs import TaskOptionSpec

__all__ = ["KNOWN", "declared"]

_NONE = type(None)
_NUMBER = (int, float, str)
_OPTIONAL_NUMBER = (int, float, str, _NONE)
_FLAG = (bool, str)
_LIST = (list, tuple)
_OPTIONAL_TEXT = (str, _NONE)
_JSON = (Mapping, str, _NONE)
_WORDS = (list, tuple, str)

KNOWN: tuple[TaskOptionSpec, ...] = (
    # What the scheduler reads.
    TaskOptionSpec(
        "executor", _OPTIONAL_TEXT, "Name of the executor that runs the task; `default` otherwise."
    ),
    TaskOptionSpec("cache", bool, "Whether results of earlier executions may be used; True otherwise."),
    TaskOptionSpec(
        "cache_scope", (str, Enum), "How far a result may be reused: `BACKEND` (default), `CSE` or `NONE`."
    ),
    TaskOptionSpec(
        "check_valid", (str, Enum), "Replay single reductions (`full`, default) or whole calls (`shallow`)."
    ),
    TaskOptionSpec(
        "allowed_cache_results", (set, frozenset, list, tuple, _NONE), "The kinds of `CacheResult` to accept."
    ),
    TaskOptionSpec("config_args", _LIST, "Parameters that the cache key leaves out."),
    TaskOptionSpec(
        "nout", (int, _NONE), "How many values the task returns, so that the result can be unpacked."
    ),
    TaskOptionSpec(
        "limits",
        (list, tuple, set, frozenset, Mapping, _NONE),
        "Resources that a running call takes: names, one unit each, or a dict of name and units.",
    ),
    TaskOptionSpec(
        "tags", (list, tuple, _NONE), "Pairs of key and value, recorded with the task and its jobs."
    ),
    TaskOptionSpec(
        "lease", bool, "Whether executions wait for each other's calls instead of running them too."
    ),
    TaskOptionSpec("prov", bool, "False: neither the call nor what it calls is recorded."),
    TaskOptionSpec("export_options", (Mapping, _NONE), "Options for the task and every call below it."),
    TaskOptionSpec("context_update", Mapping, "What `Task.update_context` changes of the context."),
    TaskOptionSpec("load_module", _OPTIONAL_TEXT, "Module that a worker imports to get the task."),
    TaskOptionSpec(
        "mode", str, "On a local executor: `thread` or `process`; on Spark: `driver` or `worker`."
    ),
    # What a call asks of the machine that runs it.
    TaskOptionSpec("memory", _OPTIONAL_NUMBER, "Memory in GB."),
    TaskOptionSpec("vcpus", _OPTIONAL_NUMBER, "Number of processors."),
    TaskOptionSpec("gpus", _OPTIONAL_NUMBER, "Number of GPUs."),
    TaskOptionSpec("shared_memory", _OPTIONAL_NUMBER, "Size of /dev/shm in GB."),
    TaskOptionSpec("ephemeral_storage", _OPTIONAL_NUMBER, "Local disk space in GB."),
    TaskOptionSpec("num_nodes", (int, _NONE), "Number of machines that work on one call."),
    TaskOptionSpec("retries", (int, _NONE), "How often a failed call is tried again."),
    TaskOptionSpec(
        "retry_on",
        (str, type, list, tuple, set, frozenset, _NONE),
        "The failures after which it is: causes, or classes of exceptions.",
    ),
    TaskOptionSpec("retry_delay", _OPTIONAL_NUMBER, "Seconds before the second attempt."),
    TaskOptionSpec("retry_backoff", _OPTIONAL_NUMBER, "Factor by which the delay grows."),
    TaskOptionSpec("retry_jitter", _OPTIONAL_NUMBER, "Fraction of the delay that is added at random."),
    TaskOptionSpec("timeout", _OPTIONAL_NUMBER, "Seconds that an attempt at a call may take."),
    # Containers.
    TaskOptionSpec("image", _OPTIONAL_TEXT, "Container image."),
    TaskOptionSpec(
        "volumes", (list, tuple, str, _NONE), "Pairs of a folder of the host and one of the container."
    ),
    TaskOptionSpec("volume_mounts", (list, tuple, str, _NONE), "Where the volumes of a pod are mounted."),
    TaskOptionSpec("interactive", _FLAG, "Run the container in the foreground, with a terminal."),
    TaskOptionSpec("privileged", _FLAG, "Run the container with extended privileges."),
    TaskOptionSpec("include_aws_env", _FLAG, "Hand AWS credentials to the container."),
    TaskOptionSpec("debug", _FLAG, "Run in a container on this machine instead of the service."),
    TaskOptionSpec("debug_scratch", _OPTIONAL_TEXT, "Scratch folder while debugging."),
    TaskOptionSpec("env", _JSON, "Environment variables."),
    # Code and queues of any service.
    TaskOptionSpec("code_package", _FLAG, "Whether the project's code is sent along."),
    TaskOptionSpec("code_includes", _WORDS, "Patterns of the files that are sent along."),
    TaskOptionSpec("code_excludes", _WORDS, "Patterns of files that are not."),
    TaskOptionSpec("queue", _OPTIONAL_TEXT, "Queue to submit to."),
    TaskOptionSpec("job_name_prefix", _OPTIONAL_TEXT, "Beginning of the names of submitted jobs."),
    TaskOptionSpec("job_monitor_interval", _NUMBER, "Seconds between looks at submitted jobs."),
    TaskOptionSpec(
        "job_stale_time", _NUMBER, "Seconds to wait for further calls before an array is submitted."
    ),
    TaskOptionSpec("min_array_size", (int, str), "Fewest calls that are submitted as an array; 0 for never."),
    TaskOptionSpec("max_array_size", (int, str), "Most calls that are submitted as one array."),
    TaskOptionSpec("priority", (int, str, _NONE), "Priority among the jobs of a service."),
    # AWS Batch and Glue.
    TaskOptionSpec("aws_region", _OPTIONAL_TEXT, "AWS region."),
    TaskOptionSpec("role", _OPTIONAL_TEXT, "Role that the job takes on."),
    TaskOptionSpec("autocreate_job_def", _FLAG, "Whether job definitions are made as needed."),
    TaskOptionSpec("autocreate_job", _FLAG, "The same, by its old name."),
    TaskOptionSpec("job_def_name", _OPTIONAL_TEXT, "Name of the job definition."),
    TaskOptionSpec("job_def_extra", _JSON, "Further properties of the job definition."),
    TaskOptionSpec("batch_tags", _JSON, "Tags of submitted jobs."),
    TaskOptionSpec("default_batch_tags", _FLAG, "Whether redun adds tags of its own to submitted jobs."),
    TaskOptionSpec("share_id", _OPTIONAL_TEXT, "Fair-share identifier."),
    TaskOptionSpec("scheduling_priority_override", (int, str, _NONE), "Priority within a fair share."),
    TaskOptionSpec("glue_version", _OPTIONAL_NUMBER, "Version of Glue."),
    TaskOptionSpec("worker_type", str, "Kind of Spark workers."),
    TaskOptionSpec("workers", (int, str), "Number of Spark workers."),
    TaskOptionSpec("additional_libs", _WORDS, "Packages that pip installs on Spark workers."),
    TaskOptionSpec("extra_files", _WORDS, "Files that are put on Spark workers."),
    TaskOptionSpec("extra_py_files", _WORDS, "Python files that are put on Spark workers."),
    TaskOptionSpec("enable_metrics", _FLAG, "Whether Glue collects metrics."),
    # Kubernetes.
    TaskOptionSpec("create_namespace", _FLAG, "Whether the Kubernetes namespace is made as needed."),
    TaskOptionSpec("secret_name", _OPTIONAL_TEXT, "Name of the Kubernetes secret."),
    TaskOptionSpec("import_aws_secrets", _FLAG, "Whether AWS credentials are put into the secret."),
    TaskOptionSpec("secret_env_vars", _WORDS, "Environment variables that are put into the secret."),
    TaskOptionSpec("service_account_name", _OPTIONAL_TEXT, "Kubernetes service account."),
    TaskOptionSpec("annotations", _JSON, "Annotations of pods."),
    TaskOptionSpec("k8s_labels", _JSON, "Labels of Kubernetes jobs."),
    TaskOptionSpec("default_k8s_labels", _FLAG, "Whether redun adds labels of its own to Kubernetes jobs."),
    TaskOptionSpec("node_affinity", (Mapping, list, tuple, str, _NONE), "Which nodes a pod may run on."),
    # Google Batch.
    TaskOptionSpec("project", _OPTIONAL_TEXT, "Google Cloud project."),
    TaskOptionSpec("region", _OPTIONAL_TEXT, "Google Cloud region."),
    TaskOptionSpec("machine_type", _OPTIONAL_TEXT, "Google machine type."),
    TaskOptionSpec("task_count", (int, str), "Number of tasks of a Google Batch job."),
    TaskOptionSpec("service_account_email", _OPTIONAL_TEXT, "Google service account."),
    TaskOptionSpec("labels", _JSON, "Labels of Google Batch jobs."),
    TaskOptionSpec("max_duration", _OPTIONAL_NUMBER, "Longest time that a Google Batch job may take."),
    TaskOptionSpec("boot_disk_size", _OPTIONAL_NUMBER, "Size of the boot disk in GB."),
    TaskOptionSpec("min_cpu_platform", (str, Enum, _NONE), "Least kind of processor."),
    TaskOptionSpec("accelerators", (list, tuple, Mapping, str, _NONE), "Kinds and numbers of accelerators."),
    TaskOptionSpec("mount_buckets", _WORDS, "Buckets that are mounted."),
)


@cache
def declared() -> dict[str, TaskOptionSpec]:
    """Return the declared options by name."""
    return {spec.name: spec for spec in KNOWN}
