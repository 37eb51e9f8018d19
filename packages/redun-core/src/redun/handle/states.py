"""States of handles: what has happened to a service, as a chain of hashes.

Floor: language. A state is named by the hash of how it came about, never by what the service holds.
"""

from __future__ import annotations

from typing import Any

import attrs

from redun.hashing.digest import digest
from redun.hashing.values import hash_value

__all__ = ["HandleInfo", "Step", "get_fullname"]


def get_fullname(namespace: str | None, name: str) -> str:
    """Return a handle's full name.

    Examples
    --------
    >>> get_fullname("etl", "warehouse"), get_fullname("", "warehouse")
    ('etl.warehouse', 'warehouse')
    """
    return f"{namespace}.{name}" if namespace else name


@attrs.frozen
class Step:
    """A state, the key of the branch that it begins, and the states that it came from."""

    state: bytes
    key: str
    parents: tuple[bytes, ...]


@attrs.frozen
class HandleInfo:
    """All that is stored of a handle.

    Attributes
    ----------
    name : str
    args, kwargs : tuple, dict
        Arguments of the constructor after the name.
    class_name : str
    namespace : str
    call_hash : str
        Hash of the call that returned this state; empty for any other state.
    hash : str
        The state, 40 hexadecimal digits.
    key : str
        The branch.
    steps : tuple of Step
        States on the way here that may not be recorded yet, this one included.

    Examples
    --------
    >>> from redun import Handle
    >>> class Store(Handle):
    ...     def __init__(self, name: str, url: str) -> None:
    ...         self.instance = url
    >>> info = Store("results", "db://here").__handle__
    >>> info.name, info.args, len(info.hash)
    ('results', ('db://here',), 40)
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    class_name: str
    namespace: str = ""
    call_hash: str = ""
    hash: str = ""
    key: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def fullname(self) -> str:
        """Namespace and name."""
        return get_fullname(self.namespace, self.name)

    @property
    def state(self) -> bytes:
        """The state, 20 bytes."""
        return bytes.fromhex(self.hash)

    def begun(self, arguments: dict[str, Any]) -> HandleInfo:
        """Return this with its first state, which follows from the full name and the constructor's arguments."""
        state = digest(b"handle", self.fullname.encode(), hash_value(arguments))
        return self._at(state, "", (), steps=())

    def forked(self, key: str) -> HandleInfo:
        """Return the beginning of a branch."""
        return self._at(digest(b"handle fork", self.state, key.encode()), key, (self.state,))

    def called(self, eval_hash: bytes) -> HandleInfo:
        """Return the state after a call."""
        state = digest(b"handle call", self.state, eval_hash)
        return attrs.evolve(self._at(state, self.key, (self.state,)), call_hash=eval_hash.hex())

    def merged(self, others: list[HandleInfo]) -> HandleInfo:
        """Return the state that several branches join in."""
        parents = tuple(dict.fromkeys([self.state, *(other.state for other in others)]))
        steps = dict.fromkeys([*self.steps, *(step for other in others for step in other.steps)])
        return self._at(digest(b"handle merge", *parents), "", parents, steps=tuple(steps))

    def recorded(self) -> HandleInfo:
        """Return this, all states so far being recorded."""
        return attrs.evolve(self, steps=())

    def _at(
        self, state: bytes, key: str, parents: tuple[bytes, ...], steps: tuple[Step, ...] | None = None
    ) -> HandleInfo:
        before = self.steps if steps is None else steps
        return attrs.evolve(
            self, hash=state.hex(), key=key, call_hash="", steps=(*before, Step(state, key, parents))
        )
