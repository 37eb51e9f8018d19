"""Promises: values that the body of a scheduler task announces.

Floor: ground. Only scheduler tasks meet them; ordinary calls are evaluated without any. Promises belong to the
thread of the scheduler: they take no locks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

__all__ = ["Promise", "wait_promises"]

T = TypeVar("T")

_PENDING, _FULFILLED, _REJECTED = range(3)

_Listener = tuple["Promise[Any]", Callable[[Any], Any] | None, Callable[[Any], Any] | None]


class Promise(Generic[T]):
    """A value, or an error, that will be known later.

    Parameters
    ----------
    func : callable, optional
        Called at once with two functions: one that fulfils the promise with a value, one that rejects it with an
        error. What it raises rejects the promise.

    Examples
    --------
    >>> from redun.promise import Promise
    >>> promise = Promise()
    >>> doubled = promise.then(lambda value: 2 * value)
    >>> promise.do_resolve(21)
    21
    >>> doubled.value
    42
    """

    __slots__ = ("_listeners", "_outcome", "_state")

    def __init__(
        self, func: Callable[[Callable[[T], Any], Callable[[Exception], Any]], Any] | None = None
    ) -> None:
        self._state = _PENDING
        self._outcome: Any = None
        self._listeners: list[_Listener] = []
        if func is not None:
            try:
                func(self.do_resolve, self.do_reject)
            except Exception as error:
                self.do_reject(error)

    @property
    def is_pending(self) -> bool:
        """Neither value nor error is known."""
        return self._state == _PENDING

    @property
    def is_fulfilled(self) -> bool:
        """The value is known."""
        return self._state == _FULFILLED

    @property
    def is_rejected(self) -> bool:
        """It failed."""
        return self._state == _REJECTED

    @property
    def value(self) -> T:
        """The value.

        Raises
        ------
        Exception
            The error of a rejected promise; ValueError while it is pending.
        """
        if self._state == _REJECTED:
            raise self._outcome
        if self._state == _PENDING:
            raise ValueError("The promise has no value yet; use then() to be told of it.")
        return cast("T", self._outcome)

    @property
    def error(self) -> Exception:
        """The error of a rejected promise.

        Raises
        ------
        ValueError
            It is not rejected.
        """
        if self._state != _REJECTED:
            raise ValueError("The promise has no error: it is not rejected.")
        return cast("Exception", self._outcome)

    def do_resolve(self, value: T | Promise[T]) -> T | Promise[T]:
        """Fulfil the promise with a value, or let it follow another promise; only the first time counts."""
        _spread((self, None, None), _FULFILLED, value)
        return value

    def do_reject(self, error: Exception) -> Exception:
        """Reject the promise with an error; only the first outcome counts."""
        _spread((self, None, None), _REJECTED, error)
        return error

    def then(
        self,
        resolver: Callable[[T], Any] | None = None,
        rejector: Callable[[Exception], Any] | None = None,
    ) -> Promise[Any]:
        """Return a promise of what is made of the value or the error.

        Parameters
        ----------
        resolver : callable, optional
            From the value to a further value or promise; without it the value is passed on.
        rejector : callable, optional
            From the error to a value or promise; without it the error is passed on.
        """
        child: Promise[Any] = Promise()
        listener = (child, resolver, rejector)
        if self._state == _PENDING:
            self._listeners.append(listener)
        else:
            _spread(listener, self._state, self._outcome)
        return child

    def catch(self, rejector: Callable[[Exception], Any]) -> Promise[Any]:
        """Return a promise of the value, or of what is made of the error."""
        return self.then(None, rejector)

    @classmethod
    def all(cls, promises: Sequence[Promise[T]]) -> Promise[list[T]]:
        """Return a promise of all values; the first error rejects it.

        Examples
        --------
        >>> from redun.promise import Promise
        >>> first, second = Promise(), Promise()
        >>> both = Promise.all([first, second])
        >>> second.do_resolve("b"), first.do_resolve("a")
        ('b', 'a')
        >>> both.value
        ['a', 'b']
        """
        result: Promise[list[T]] = Promise()
        missing = len(promises)

        def count(_value: T) -> None:
            nonlocal missing
            missing -= 1
            if not missing:
                result.do_resolve([promise.value for promise in promises])

        if not promises:
            result.do_resolve([])
        for promise in promises:
            promise.then(count, result.do_reject)
        return result


def wait_promises(promises: Sequence[Promise[T]]) -> Promise[list[Promise[T]]]:
    """Return a promise that is fulfilled with the given ones once each has its value or its error.

    Examples
    --------
    >>> from redun.promise import Promise, wait_promises
    >>> good, bad = Promise(), Promise()
    >>> settled = wait_promises([good, bad])
    >>> _ = good.do_resolve(1), bad.do_reject(ValueError("no"))
    >>> [promise.is_rejected for promise in settled.value]
    [False, True]
    """
    quiet = [promise.then(None, lambda _error: None) for promise in promises]
    return Promise.all(quiet).then(lambda _values: list(promises))


def _spread(listener: _Listener, state: int, outcome: Any) -> None:
    # A work list, so that no length of a chain becomes depth of the Python stack.
    work = [(listener, state, outcome)]
    while work:
        (promise, resolver, rejector), state, outcome = work.pop()
        handler = resolver if state == _FULFILLED else rejector
        if handler is not None:
            try:
                state, outcome = _FULFILLED, handler(outcome)
            except Exception as error:
                state, outcome = _REJECTED, error
        if promise._state != _PENDING:
            continue
        if state == _FULFILLED and isinstance(outcome, Promise):
            if outcome is promise:
                state, outcome = _REJECTED, ValueError("A promise cannot wait for itself.")
            elif outcome._state == _PENDING:
                outcome._listeners.append((promise, None, None))
                continue
            else:
                state, outcome = outcome._state, outcome._outcome
        promise._state, promise._outcome = state, outcome
        listeners, promise._listeners = promise._listeners, []
        # Listeners are told in the order in which they came.
        work += [(listener, state, outcome) for listener in reversed(listeners)]
