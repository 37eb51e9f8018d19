"""What makes a version of a task, part by part, for the record.

Floor: language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun.hashing.digest import digest
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from redun.hashing.code.description import DescribedPart
    from redun.task.task import Task

__all__ = ["task_parts"]


def task_parts(task: Task[..., Any]) -> list[DescribedPart]:
    """List what the hash of a task covers; nothing if the code is not any more what was hashed.

    Besides the kinds of `redun.hashing.code.description` there are `version`, `compat`, `includes` (a value of
    `hash_includes`), `plugin` (what hashes the code in the place of redun) and `script`.

    Examples
    --------
    >>> from redun import task
    >>> @task(namespace="docs", version="2", hash_includes=["model-7"])
    ... def scale(x: int) -> int:
    ...     return 2 * x
    >>> [(part.kind, part.name, part.text) for part in task_parts(scale)]
    [('version', 'version', '2'), ('includes', 'hash_includes[0]', "'model-7'")]
    """
    from redun.hashing.code.description import DescribedPart
    from redun.hashing.values import hash_value
    from redun.value.preview import preview

    if task.compat:
        return [DescribedPart("compat", "compat", task.digest, None, task.compat[0])]
    code, parts = _code(task)
    included: list[bytes] = []
    for number, value in enumerate(task.hash_includes):
        included.append(hash_value(value))
        parts.append(
            DescribedPart("includes", f"hash_includes[{number}]", included[-1], None, preview(value))
        )
    included.sort()
    if task.script:
        included.append(b"script")
        parts.append(DescribedPart("script", "script", digest(b"script"), None, None))
    if digest(b"task", task.fullname.encode(), code, *included) != task.digest:
        return []
    return parts


def _code(task: Task[..., Any]) -> tuple[bytes, list[DescribedPart]]:
    from redun.hashing.code import default_hasher
    from redun.hashing.code.description import DescribedPart

    if task.version is not None:
        code = digest(b"version", task.version.encode())
        return code, [DescribedPart("version", "version", code, None, task.version)]
    if task.given_source is not None:
        code = digest(b"source", task.given_source.encode("utf-8", "surrogatepass"))
        return code, [DescribedPart("body", task.fullname, code, None, None)]
    ask = get_task_registry().hasher
    hasher = ask(task) if ask is not None else None
    if hasher is None:
        return default_hasher().describe_in_full(task.func)
    code = hasher(task)
    module, name = getattr(hasher, "__module__", None), getattr(hasher, "__qualname__", None)
    named = f"{module}.{name}" if module and name else repr(type(hasher).__qualname__)
    return code, [DescribedPart("plugin", "redun_task_hasher", code, None, named)]
