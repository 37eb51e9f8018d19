"""Federated tasks: entry points of other projects, called by name.

Floor: composition. A project publishes entry points in sections `[federated_tasks.NAME]` of its configuration; others
name that configuration in `[scheduler] federated_configs` and call them without having the code.
"""

from redun.federated_tasks.form import federated_task
from redun.federated_tasks.invocation import InvocationException, lambda_federated_task, rest_federated_task
from redun.federated_tasks.launch import launch_federated_task

__all__ = [
    "InvocationException",
    "federated_task",
    "lambda_federated_task",
    "launch_federated_task",
    "rest_federated_task",
]
