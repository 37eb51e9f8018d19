"""Jobs of several nodes: one command each, which ends with that of the main node."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence
from typing import Any

from services.aws.images import Ended, Running


class Nodes:
    """The commands of all nodes.

    Parameters
    ----------
    main
        The one whose end is that of the job.
    others
        Killed when the main one has ended.
    """

    def __init__(self, main: Running, others: Sequence[Running]) -> None:
        self.main = main
        self.others = others

    def poll(self) -> Ended | None:
        """Return how the main node ended, once all have."""
        ended = self.main.poll()
        if ended is not None:
            while any(other.poll() is None for other in self.others):
                for other in self.others:
                    other.signal(signal.SIGKILL)
                time.sleep(0.01)
        return ended

    def signal(self, number: int) -> None:
        """Send a signal to every node."""
        for node in (self.main, *self.others):
            node.signal(number)


def containers(properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the container properties of each node, as the submission overrides them."""
    count = overrides.get("numNodes") or properties["numNodes"]
    found: list[dict[str, Any]] = []
    for index in range(count):
        container = select(properties["nodeRangeProperties"], index, count)["container"]
        override = (
            select(overrides.get("nodePropertyOverrides") or (), index, count).get("containerOverrides") or {}
        )
        found.append(overridden(container, override))
    return found


def overridden(container: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a container as a submission overrides them."""
    # Entries with a name or a type of their own are added, and the last one counts; all else is replaced.
    added = {
        name: [*container.get(name, ()), *override.get(name, ())]
        for name in ("environment", "resourceRequirements")
    }
    return {**container, **override, **added}


def select(ranges: Sequence[Mapping[str, Any]], index: int, count: int) -> Mapping[str, Any]:
    """Return the narrowest entry whose target nodes (`0`, `1:`, `:3`, `1:3`) hold this one."""
    held: list[tuple[int, Mapping[str, Any]]] = []
    for entry in ranges:
        first, colon, last = entry["targetNodes"].partition(":")
        start = int(first or 0)
        end = int(last or count - 1) if colon else start
        if start <= index <= end:
            held.append((end - start, entry))
    return min(held, key=lambda pair: pair[0])[1] if held else {}
