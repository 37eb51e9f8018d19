"""Explain why nobody supplies what was asked for, and what to do.

Floor: host.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence

from redun.host.failure import PluginFailure
from redun.host.origin import Origin

__all__ = ["KNOWN_DISTRIBUTIONS", "explain"]

#: Which distribution supplies what, by kind and name; for commands, by their first word.
KNOWN_DISTRIBUTIONS = {
    "executor": {
        "docker": "redun-executor-docker",
        "batch": "redun-executor-batch",
        "aws_batch": "redun-executor-batch",
        "spark": "redun-executor-spark",
    },
    "recorder": {
        "postgresql": "redun-backend-postgres",
        "postgres": "redun-backend-postgres",
    },
    "file system": {
        "s3": "redun-fs-s3",
    },
    "command": {
        "aws": "redun-executor-batch",
    },
}


def explain(
    noun: str,
    name: str,
    known: Sequence[str],
    failures: Iterable[PluginFailure],
    left_out: Mapping[Origin, str],
    installed: Collection[str],
) -> str:
    """Return the message for a name that nobody supplies.

    Parameters
    ----------
    noun, name : str
        What was asked for.
    known : sequence of str
        What is supplied.
    failures : iterable of PluginFailure
        Plugins that could not be loaded; one of them may have supplied it.
    left_out : mapping of Origin to str
        Plugins that were not loaded, with the reason; one of them may supply it.
    installed : collection of str
        Distributions with plugins, lest we propose to install what is there.
    """
    lines = [f"no plugin supplies the {noun} {name!r}"]
    key = name.split()[0] if noun == "command" and name else name
    hints = KNOWN_DISTRIBUTIONS.get(noun, {})
    distribution = hints.get(key)
    if distribution is not None and distribution not in installed:
        lines[0] += f"; it comes with {distribution}: pip install {distribution}"
    else:
        near = difflib.get_close_matches(name, {*known, *hints}, n=2)
        meant = f". Did you mean {' or '.join(map(repr, near))}?" if near else ""
        lines[0] += f"; known: {', '.join(known) or 'none'}{meant}"
    suspects = {distribution} if distribution and distribution in installed else set(installed)
    lines += [str(each) for each in failures if each.distribution in suspects]
    lines += [f"{origin} is {why}" for origin, why in left_out.items() if origin.distribution in suspects]
    return "\n  ".join(lines)
