"""The secrets of an execution, from its configuration, and what of it is shown before and after.

Floor: composition.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from redun.expression.base import TaskExpression
from redun.expression.render import render
from redun.secrets.annotations import RETURN
from redun.secrets.exceptions import redact_error
from redun.secrets.key import KeyRing
from redun.secrets.naming import SecretNames
from redun.secrets.settings import SecretSettings
from redun.secrets.vault import HIDDEN, Vault

if TYPE_CHECKING:
    from redun.config import Config
    from redun.scheduler.failure import Failure
    from redun.task.task import Task

__all__ = ["command_of", "open_vault", "secret_parameters", "without_secrets"]


def secret_parameters(config: Config, task: Task[..., Any]) -> frozenset[str]:
    """Return the parameters of a task that are secrets, by their annotation or by the configuration."""
    return SecretNames(SecretSettings.read(config)).of(task) - {RETURN}


def open_vault(config: Config, known: Iterable[Any] = (), *, making: bool = True) -> Vault:
    """Return what keeps the secrets of an execution, some being known; without `making`, a key is not written.

    Raises
    ------
    ConfigError
        Section `[secrets]` cannot be read.
    """
    vault = Vault(SecretSettings.read(config), KeyRing(config, os.environ, making=making), os.environ)
    for secret in known:
        vault.learn(secret)
    return vault


def command_of(vault: Vault, expr: Any, argv: Sequence[str] | None) -> list[str]:
    """Return the command to record: the words, or the text of the expression, without the secrets in either."""
    unknown = vault.discover(expr)
    if argv is not None:
        return vault.argv(argv)
    if not isinstance(expr, TaskExpression):
        return vault.argv([HIDDEN if unknown else render(expr)])
    blackened = _blackened(vault, expr)
    if unknown and blackened is expr:
        return [f"{expr._redun_task.fullname}({HIDDEN})"]
    return vault.argv([render(blackened)])


class _Hidden:
    def __repr__(self) -> str:
        return HIDDEN


def _blackened(vault: Vault, call: TaskExpression) -> TaskExpression:
    """Return a call with its secret arguments, however short, left out."""
    task = call._redun_task
    names, values, _ = task.binder.bind(call._redun_args, call._redun_kwargs)
    hidden = {id(values[position]) for position in vault.names.positions(task, names)}
    if not hidden:
        return call
    args = tuple([_Hidden() if id(arg) in hidden else arg for arg in call._redun_args])
    kwargs = {
        name: _Hidden() if id(arg) in hidden else arg for name, arg in (call._redun_kwargs or {}).items()
    }
    return TaskExpression(task, args, kwargs or None, call._redun_options)


def without_secrets(vault: Vault, error: BaseException, failure: Failure | None) -> Failure | None:
    """Take secrets out of the error that ends an execution, and out of what is told of it."""
    texts = None if failure is None else (failure.traceback, failure.message)
    redact_error(error, vault.redactor)
    if failure is None or texts is None:
        return None
    return attrs.evolve(
        failure,
        traceback=vault.text(texts[0]),
        message=vault.text(texts[1]),
        stderr=vault.text(failure.stderr),
        failed=[vault.text(line) for line in failure.failed],
    )
