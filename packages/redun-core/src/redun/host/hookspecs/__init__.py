"""The hooks: what the host asks plugins, and what it tells them.

Floor: host. Providers answer lists of frozen records, observers are told, deciders answer one question,
collectors return lists that are merged. A hook may leave out parameters that it does not need. Each
description says

* **When** the hook is called and how often,
* on which **thread**,
* what it **returns**,
* in which **order** plugins are called,
* whether a **worker** (a process or machine that runs single tasks) calls it,
* and gives an **example** that runs.

Calls are isolated (`redun.host.relay`): what an observer raises never harms a run.
"""

from __future__ import annotations

from redun.host.hookspecs import collectors, deciders, observers, providers

__all__ = ["MODULES", "hook_names"]

MODULES = (providers, deciders, observers, collectors)


def hook_names() -> list[str]:
    """Return the names of all hooks: providers, deciders, observers, collectors."""
    return [
        name for module in MODULES for name, value in vars(module).items() if hasattr(value, "redun_spec")
    ]
