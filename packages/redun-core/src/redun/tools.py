"""Tasks that copy files, make datasets of them, fill in templates and open the debugger.

Floor: scheduler's library. Their versions are fixed: an update of redun alone re-runs none of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from redun.file import Dir, File, ShardedDataset
from redun.task import task

__all__ = ["copy_dir", "copy_file", "copy_files", "dataset_of", "debug_task", "render_template"]


@task(namespace="redun", version="1", config_args=["skip_if_exists"])
def copy_file(src_file: File, dest_path: str, skip_if_exists: bool = False) -> File:
    """Copy a file.

    Parameters
    ----------
    src_file : File
    dest_path : str
        A path or URL; in that directory, under the file's own name, if it ends with ``/``.
    skip_if_exists : bool
        Leave a file that is there alone. It is no part of the cache key.

    Examples
    --------
    >>> import tempfile
    >>> from redun import File, Scheduler
    >>> folder = tempfile.mkdtemp()
    >>> File(f"{folder}/a").write("text")
    >>> Scheduler().run(copy_file(File(f"{folder}/a"), f"{folder}/copies/")).read()
    'text'
    """
    if dest_path.endswith("/"):
        dest_path += src_file.basename()
    return src_file.copy_to(dest_path, skip_if_exists=skip_if_exists)


@task(namespace="redun", version="1", config_args=["skip_if_exists", "copy_options"])
def copy_files(
    src_files: Sequence[File],
    dest_paths: str | Sequence[str],
    skip_if_exists: bool = False,
    copy_options: Mapping[str, Any] = {},
) -> list[File]:
    """Copy files, each in a job of its own.

    Parameters
    ----------
    src_files : list of File
    dest_paths : list of str, or str
        One path for each file, or one directory, ending with ``/``, for all.
    skip_if_exists : bool
        Leave files that are there alone.
    copy_options : dict
        Task options of the copying jobs, such as ``{"executor": "batch"}``.

    Raises
    ------
    ValueError
        There are not as many paths as files.

    Examples
    --------
    >>> import tempfile
    >>> from redun import File, Scheduler
    >>> folder = tempfile.mkdtemp()
    >>> for name in "ab":
    ...     File(f"{folder}/{name}").write(name)
    >>> copies = copy_files([File(f"{folder}/a"), File(f"{folder}/b")], f"{folder}/copies/")
    >>> [file.read() for file in Scheduler().run(copies)]
    ['a', 'b']
    """
    if isinstance(dest_paths, str):
        if not dest_paths.endswith("/"):
            raise ValueError(f"To copy files into the directory {dest_paths!r}, end its path with '/'.")
        dest_paths = [dest_paths] * len(src_files)
    if len(dest_paths) != len(src_files):
        raise ValueError(
            f"{len(src_files)} files cannot be copied to {len(dest_paths)} paths; give a path for each."
        )
    copy = copy_file.options(**copy_options) if copy_options else copy_file
    return [
        copy(file, path, skip_if_exists=skip_if_exists)
        for file, path in zip(src_files, dest_paths, strict=True)
    ]


@task(namespace="redun", version="1", config_args=["skip_if_exists", "copy_options"])
def copy_dir(
    src_dir: Dir,
    dest_path: str,
    skip_if_exists: bool = False,
    copy_options: Mapping[str, Any] = {},
) -> Dir:
    """Copy a directory, each file in a job of its own.

    Parameters
    ----------
    src_dir : Dir
    dest_path : str
        What becomes the copy; in that directory, under its own name, if it ends with ``/``.
    skip_if_exists, copy_options
        As for `copy_files`.

    Examples
    --------
    >>> import tempfile
    >>> from redun import Dir, File, Scheduler
    >>> folder = tempfile.mkdtemp()
    >>> File(f"{folder}/d/deep/a").write("text")
    >>> copied = Scheduler().run(copy_dir(Dir(f"{folder}/d"), f"{folder}/copies/"))
    >>> copied.file("deep/a").read(), copied.path == f"{folder}/copies/d"
    ('text', True)
    """
    if dest_path.endswith("/"):
        dest_path += os.path.basename(src_dir.path)
    dest = src_dir.classes.Dir(dest_path)
    files = src_dir.files()
    paths = [dest.file(src_dir.rel_path(file.path)).path for file in files]
    copies = copy_files(files, paths, skip_if_exists=skip_if_exists, copy_options=copy_options)
    return copied_dir(type(dest), dest.path, copies)


@task(namespace="redun", version="1")
def copied_dir(kind: type[Dir], path: str, copies: list[File]) -> Dir:
    """Return a directory once all its files have been copied."""
    dest = kind(path)
    # One without files has to be made.
    dest.mkdir()
    return dest


@task(namespace="redun", version="1")
def dataset_of(
    shards: Sequence[Any],
    format: str | None = None,  # noqa: A002
    schema: str | None = None,
    allow_additional_files: bool = False,
    purge_others: bool = False,
) -> ShardedDataset:
    """Return the dataset whose shards are the results of calls, each of which is cached, checked and made again alone.

    Parameters
    ----------
    shards : list of File or ShardedDataset
        Lists of them too. The dataset is the innermost directory that has them all.
    format, schema : str, optional
        As for `redun.ShardedDataset`; found out unless given: the format by the names of the files, the schema where
        all are datasets that agree.
    allow_additional_files : bool
        Whether other shards in the directory are part of the dataset, rather than an error.
    purge_others : bool
        Remove other shards from the directory: those that the workflow made when it had more of them.

    Raises
    ------
    TypeError
        Something else is among the shards.
    ValueError
        They are of several formats, one is there twice, or their directory has others.

    Examples
    --------
    >>> import os, tempfile
    >>> from redun import File, Scheduler, task
    >>> from redun.tools import dataset_of
    >>> folder = tempfile.mkdtemp()
    >>> @task(namespace="docs")
    ... def shard(number: int) -> File:
    ...     file = File(f"{folder}/part-{number}.csv")
    ...     file.write(f"x\\n{number}\\n")
    ...     return file
    >>> scheduler = Scheduler()
    >>> table = scheduler.run(dataset_of([shard(number) for number in range(20)]))
    >>> os.remove(table.filenames[7])
    >>> scheduler.run(dataset_of([shard(number) for number in range(20)])).hash == table.hash
    True
    """
    parts = _parts(shards)
    files = [file for part in parts for file in (part if isinstance(part, ShardedDataset) else [part])]
    if twice := [path for path, count in Counter(file.path for file in files).items() if count > 1]:
        raise ValueError(
            f"{twice[0]!r} is among the shards more than once: of calls that write to one path only the last counts."
        )
    schemas = {part.schema if isinstance(part, ShardedDataset) else None for part in parts}
    if schema is None and len(schemas) == 1:
        schema = schemas.pop()
    found = ShardedDataset.from_files(files, format, allow_additional_files or purge_others, schema)
    if purge_others:
        kept = {file.path.removeprefix("./") for file in files}
        for file in found:
            if file.path.removeprefix("./") not in kept:
                file.remove()
    return found


def _parts(shards: Sequence[Any]) -> list[File | ShardedDataset]:
    found: list[File | ShardedDataset] = []
    for shard in shards:
        if isinstance(shard, (list, tuple)):
            found += _parts(shard)
        elif isinstance(shard, (File, ShardedDataset)):
            found.append(shard)
        else:
            raise TypeError(f"The shards of a dataset are files or datasets, not {shard!r}.")
    return found


@task(namespace="redun", version="1")
def render_template(
    out_path: str, template: File, context: Mapping[str, Any], template_dir: str | None = None
) -> File:
    """Fill in a Jinja2 template.

    Parameters
    ----------
    out_path : str
        The file to write.
    template : File
    context : dict
        The values of the template's variables; one that is missing is an error.
    template_dir : str, optional
        Where templates that this one includes are found; the template's own directory unless given.

    Raises
    ------
    ImportError
        jinja2 is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from redun import File, Scheduler
    >>> from redun.tools import render_template
    >>> folder = tempfile.mkdtemp()
    >>> template = File(f"{folder}/letter.txt")
    >>> template.write("Dear {{ name }}")
    >>> Scheduler().run(render_template(f"{folder}/out.txt", template, {"name": "Ada"})).read()
    'Dear Ada'
    """
    try:
        import jinja2
    except ImportError as error:
        raise ImportError("Templates need jinja2: pip install jinja2") from error

    loader = jinja2.FileSystemLoader(template_dir or template.dirname() or ".")
    environment = jinja2.Environment(
        loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    out = template.classes.File(out_path)
    out.write(environment.from_string(template.read()).render(context))
    return out


@task(namespace="redun", version="1", cache=False)
def debug_task(value: Any) -> Any:
    """Open the debugger with a value of the workflow, and return it.

    The value is `value` at the prompt; `breakpoint` decides which debugger opens.
    """
    breakpoint()
    return value
