"""A workflow written for redun 0.44 finds its names where they were, with the parameters that they had.

What is left out is listed too, with the reason.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import redun

NAMES = {
    "redun": (
        "AliasExecutor Dir File Handle LocalExecutor PartialTask Scheduler Task __version__ apply_tags catch "
        "ShardedS3Dataset cond get_context get_current_namespace get_current_scheduler get_task_registry merge_handles "
        "namespace register_executor run script set_current_scheduler task throw version"
    ),
    "redun.backends.db": (
        "Argument ArgumentResult CallEdge CallNode CallSubtreeTask Evaluation Execution File Handle HandleEdge Job "
        "RedunBackendDb Subvalue Tag Task Value"
    ),
    "redun.config": "Config create_config_section",
    "redun.context": "get_context get_context_value",
    "redun.executors.alias": "AliasExecutor",
    "redun.executors.base": "Executor ExecutorError register_executor",
    "redun.executors.local": "LocalExecutor",
    "redun.expression": (
        "ApplyExpression Expression QuotedExpression SchedulerExpression SimpleExpression TaskExpression "
        "ValueExpression get_lazy_operation lazy_operation quote"
    ),
    "redun.federated_tasks": (
        "InvocationException federated_task lambda_federated_task launch_federated_task rest_federated_task"
    ),
    "redun.file": (
        "ContentDir ContentFile ContentFileClasses ContentFileSet ContentStagingDir ContentStagingFile Dir "
        "File FileClasses FileSet FileSystem HTTPFileSystem HTTPSFileSystem IDir IFile IFileClasses IFileSet "
        "IStagingDir IStagingFile LocalFileSystem RedunFileNotFoundError RedunOSError RedunPermissionError "
        "ShardedS3Dataset Staging StagingDir StagingFile copy_file get_filesystem get_filesystem_class get_proto "
        "glob_file list_filesystems open_file register_filesystem"
    ),
    "redun.functools": (
        "apply_func as_task compose compose_apply const delay eval_ flat_map flatten force identity map_ "
        "no_prov seq starmap zip_"
    ),
    "redun.glue": (
        "clean_datacatalog_table get_glue_context get_num_workers get_spark_context get_spark_session "
        "load_datacatalog_spark_dataset setup_glue_job sql_query udf"
    ),
    "redun.handle": "Handle HandleInfo get_fullname get_handle_class",
    "redun.hashing": "hash_bytes hash_stream hash_struct hash_text",
    "redun.logging": "logger",
    "redun.namespace": "compute_namespace get_current_namespace namespace",
    "redun.promise": "Promise wait_promises",
    "redun.pytest": "scheduler",
    "redun.scheduler": (
        "DryRunResult ErrorValue Frame Job JobInfo NoCurrentScheduler Scheduler SchedulerError Thread "
        "apply_tags catch catch_all cond fork_thread get_current_scheduler join_thread merge_handles "
        "root_task set_current_scheduler subrun throw"
    ),
    "redun.scripting": (
        "ScriptError exec_script get_command_eof get_task_command get_wrapped_command postprocess_script "
        "prepare_command script script_task"
    ),
    "redun.tags": (
        "ANY_VALUE format_tag_key_value format_tag_value parse_tag_key_value parse_tag_value str2literal"
    ),
    "redun.task": (
        "CacheCheckValid CacheResult CacheScope PartialTask SchedulerTask Task TaskRegistry get_task_registry "
        "get_tuple_type_length hash_args_eval scheduler_task split_task_fullname task undefined_task "
        "wraps_task"
    ),
    "redun.tools": "copy_dir copy_file copy_files debug_task render_template",
    "redun.value": "FileCache InvalidValueError ProxyValue TypeRegistry Value get_type_registry",
}

# The leading parameters, as they may be given by position and by keyword.
PARAMETERS = {
    "redun.Scheduler": "config backend executor logger use_task_traceback job_status_interval migrate",
    "redun.Scheduler.add_executor": "self executor",
    "redun.Scheduler.load": "self migrate",
    "redun.Scheduler.run": "self expr exec_argv dryrun cache tags context execution_id",
    "redun.apply_tags": "value tags job_tags execution_tags",
    "redun.catch_all": "exprs error_class recover",
    "redun.config.Config": "config_dict configdir",
    "redun.config.create_config_section": "config_dict",
    "redun.context.get_context": "var_path default",
    "redun.context.get_context_value": "context var_path default",
    "redun.executors.base.register_executor": "executor_name executor_class_name",
    "redun.expression.ValueExpression": "value",
    "redun.expression.quote": "expr",
    "redun.federated_tasks.federated_task": "entrypoint task_args task_kwargs",
    "redun.federated_tasks.lambda_federated_task": (
        "config_name entrypoint lambda_function_name scratch_prefix dryrun task_args cache task_kwargs"
    ),
    "redun.federated_tasks.launch_federated_task": (
        "federated_config_path entrypoint task_args task_kwargs input_path execution_id cache"
    ),
    "redun.federated_tasks.rest_federated_task": (
        "config_name entrypoint url scratch_prefix dryrun task_args cache task_kwargs"
    ),
    "redun.file.Dir": "path",
    "redun.file.Dir.copy_to": "self dest_dir skip_if_exists",
    "redun.file.Dir.file": "self rel_path",
    "redun.file.Dir.rel_path": "self path",
    "redun.file.Dir.rmdir": "self recursive",
    "redun.file.Dir.shell_copy_to": "self dest_path as_mount",
    "redun.file.Dir.stage": "self local",
    "redun.file.File": "path",
    "redun.file.File.copy_to": "self dest_file skip_if_exists",
    "redun.file.File.open": "self mode encoding",
    "redun.file.File.read": "self mode encoding",
    "redun.file.File.readlines": "self mode",
    "redun.file.File.shell_copy_to": "self dest_path as_mount",
    "redun.file.File.stage": "self local",
    "redun.file.File.touch": "self time",
    "redun.file.File.write": "self data mode encoding",
    "redun.file.FileSystem.glob": "self pattern",
    "redun.file.FileSystem.open": "self path mode encoding",
    "redun.file.FileSystem.rmdir": "self path recursive",
    "redun.file.FileSystem.touch": "self path time",
    "redun.file.Staging": "local remote",
    "redun.file.Staging.render_stage": "self as_mount",
    "redun.file.Staging.render_unstage": "self as_mount",
    "redun.file.get_filesystem": "proto url",
    "redun.file.get_filesystem_class": "proto url",
    "redun.file.get_proto": "url",
    "redun.file.glob_file": "pattern",
    "redun.file.open_file": "url mode encoding",
    "redun.fork_thread": "expr",
    "redun.functools.apply_func": "func args kwargs",
    "redun.functools.as_task": "func",
    "redun.functools.compose": "tasks",
    "redun.functools.compose_apply": "tasks args kwargs",
    "redun.functools.const": "x _",
    "redun.functools.delay": "x",
    "redun.functools.eval_": "code args",
    "redun.functools.flat_map": "a_task values",
    "redun.functools.flatten": "list_of_lists",
    "redun.functools.force": "x",
    "redun.functools.identity": "x",
    "redun.functools.map_": "a_task values",
    "redun.functools.no_prov": "expr",
    "redun.functools.starmap": "a_task kwargs",
    "redun.functools.zip_": "lists",
    "redun.get_current_scheduler": "required",
    "redun.handle.Handle.apply_call": "self call_hash",
    "redun.handle.Handle.fork": "self key",
    "redun.handle.HandleInfo": "name args kwargs class_name namespace call_hash hash key",
    "redun.join_thread": "thread",
    "redun.merge_handles": "handles",
    "redun.namespace": "ns",
    "redun.namespace.compute_namespace": "obj namespace",
    "redun.promise.Promise": "func",
    "redun.promise.Promise.then": "self resolver rejector",
    "redun.run": "expr config_dir exec_argv dryrun cache tags context execution_id",
    "redun.scheduler.JobInfo": "execution_id job_id eval_hash args_hash options",
    "redun.scheduler.Thread": "promise_id expr_hash expr",
    "redun.script": "command inputs outputs tempdir as_mount",
    "redun.scripting.postprocess_script": "result outputs temp_path",
    "redun.scripting.script_task": "command",
    "redun.seq": "exprs",
    "redun.subrun": "expr executor config config_dir new_execution load_modules",
    "redun.tags.format_tag_key_value": "key value max_length",
    "redun.tags.format_tag_value": "value",
    "redun.tags.parse_tag_key_value": "text value_required",
    "redun.tags.parse_tag_value": "text",
    "redun.tags.str2literal": "text",
    "redun.task.PartialTask": "task args kwargs",
    "redun.task.Task": (
        "func name namespace version compat script task_options_base task_options_override export_options "
        "hash_includes source"
    ),
    "redun.task.TaskRegistry.get": "self task_name hash",
    "redun.task.TaskRegistry.rename": "self old_name new_namespace new_name",
    "redun.task.hash_args_eval": "type_registry task args kwargs",
    "redun.task.scheduler_task": "name namespace version",
    "redun.task.task": "func name namespace version compat script hash_includes source",
    "redun.task.wraps_task": "wrapper_name wrapper_hash_includes use_wrapper_signature",
    "redun.throw": "error",
    "redun.ShardedS3Dataset": "path format recurse",
    "redun.ShardedS3Dataset.from_data": (
        "dataset output_path format partition_keys catalog_database catalog_table format_options"
    ),
    "redun.ShardedS3Dataset.from_files": "files format allow_additional_files",
    "redun.ShardedS3Dataset.load_spark": "self validate format_options",
    "redun.ShardedS3Dataset.purge_spark": "self remove_older_than manifest_file_path",
    "redun.ShardedS3Dataset.save_spark": "self dataset partition_keys catalog_database catalog_table format_options",
    "redun.glue.clean_datacatalog_table": "database table remove_older_than",
    "redun.glue.load_datacatalog_spark_dataset": "database table_name hashfield",
    "redun.glue.setup_glue_job": "job_name job_args",
    "redun.glue.sql_query": "dataset query dataset_alias",
    "redun.glue.udf": "wrapped_func return_type",
    "redun.tools.copy_dir": "src_dir dest_path skip_if_exists copy_options",
    "redun.tools.copy_file": "src_file dest_path skip_if_exists",
    "redun.tools.copy_files": "src_files dest_paths skip_if_exists copy_options",
    "redun.tools.debug_task": "value",
    "redun.tools.render_template": "out_path template context template_dir",
    "redun.value.ProxyValue": "instance",
    "redun.value.Value.deserialize": "raw_type data",
    "redun.value.Value.get_hash": "self data",
    "redun.value.Value.parse_arg": "raw_type arg",
}

ABSENT_NAMES = {
    "redun.backends.db": {
        "TagEdit": "a tag that was taken away is a row of RemovedTag",
        "RedunVersion RedunMigration DBVersionInfo parse_db_version": "a schema has one number, see `redun db info`",
        "PreviewValue": "a preview is text",
        "RedunSession db_retry": "a session for looking is one of SQLAlchemy",
    },
    "redun": {
        "AWSBatchExecutor AWSGlueExecutor DockerExecutor GCPBatchExecutor K8SExecutor": "executors come as plugins",
    },
    "redun.scheduler": {
        "Execution": "plugins get redun.scheduler.events.ExecutionView, which cannot change anything",
        "Traceback": "the error that is raised has `redun_traceback`, a redun.scheduler.failure.Failure",
        "get_backend_from_config get_limits_from_config": "the scheduler reads its own configuration",
    },
    "redun.Scheduler": {
        "done_job reject_job": "executors deliver to an Inbox, see redun.executors.Executor",
        "extend_run": "a subrun goes on in a process of its own",
        "evaluate track_promise": "what a scheduler task is given has evaluate()",
        "set_cache": "only the evaluation writes to the cache",
    },
    "redun.value": {
        "Bool DatetimeType EnumType Function Set": "values of these types are read, hashed and stored as they are",
        "TypeError": "it is Python's own",
    },
    "redun.file": {
        "FTPFileSystem FsspecFileSystem S3FileSystem GSFileSystem AzureBlobFileSystem": "file systems come as plugins",
    },
    "redun.executors.base": {
        "get_executor_class get_executor_from_config get_executors_from_config": (
            "a scheduler makes its executors, `scheduler.executors[name]`; the host knows the classes"
        ),
        "load_task_module": "workers are a matter of executors that have them",
    },
    "redun.hashing": {
        "Hash": "hashlib does it",
        "hash_arguments hash_kwargs hash_positional_args hash_eval hash_call_node hash_tag hash_tag_bytes": (
            "hashes of the engine; redun.task.hash_args_eval gives a call's key"
        ),
    },
    "redun.logging": {
        "log_handler log_formatter log_levels": "redun adds no handler; the program shows the log"
    },
}

ABSENT_MODULES = {
    "redun.backends.base": "the record is written by redun.recorder; whoever wants another has a plugin for it",
    "redun.backends.value_store": "large payloads are kept by redun.recorder.value_store",
    "redun.bcoding": "hashes are made by redun.hashing",
    "redun.cli": "the command is a distribution of its own, redun_cli",
    "redun.job_array": "a matter of executors that submit arrays",
    "redun.scheduler_config": "redun.config finds the folder and makes paths absolute",
    "redun.sphinx": "an extension of Sphinx is no part of the engine",
    "redun.utils": "odds and ends; nested values are walked by redun.value.nested",
}


def found(module: str) -> Any:
    """Return a module; `redun.task` is a function too."""
    import_module(module)
    return sys.modules[module]


def resolve(name: str) -> Any:
    """Return what a full name stands for."""
    path = name.split(".")
    split = next(n for n in range(len(path) - 1, 0, -1) if ".".join(path[:n]) in NAMES)
    thing: Any = found(".".join(path[:split]))
    for part in path[split:]:
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("module", NAMES)
def test_names_are_where_they_were(module: str) -> None:
    missing = [name for name in NAMES[module].split() if not hasattr(found(module), name)]
    assert missing == []


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_what_they_were(name: str) -> None:
    thing = resolve(name)
    signature = thing.signature if isinstance(thing, redun.Task) else inspect.signature(thing)
    wanted = PARAMETERS[name].split()
    assert list(signature.parameters)[: len(wanted)] == wanted


@pytest.mark.parametrize("name", sorted(redun.__all__))
def test_the_front_door_and_the_modules_lead_to_the_same_things(name: str) -> None:
    thing = getattr(redun, name)
    for module, names in NAMES.items():
        if name in names.split() and module not in (
            "redun",
            "redun.tools",
            "redun.file",
            "redun.backends.db",
        ):
            assert getattr(found(module), name) is thing, module


def test_the_front_door_is_complete_and_sorted() -> None:
    assert redun.__all__ == sorted(redun.__all__)
    assert set(NAMES["redun"].split()) <= set(redun.__all__)
    assert set(redun.__all__) <= set(dir(redun))
    assert redun.version == redun.__version__


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="module 'redun' has no attribute 'cnod'"):
        redun.cnod  # noqa: B018


@pytest.mark.parametrize("owner", ABSENT_NAMES)
def test_what_is_left_out_is_left_out(owner: str) -> None:
    """Whoever adds one of them takes it off the list."""
    thing = redun.Scheduler if owner == "redun.Scheduler" else found(owner)
    there = [name for names in ABSENT_NAMES[owner] for name in names.split() if hasattr(thing, name)]
    assert there == []


@pytest.mark.parametrize("module", ABSENT_MODULES)
def test_modules_that_are_left_out(module: str) -> None:
    assert find_spec(module) is None
