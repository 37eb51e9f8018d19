"""Do a thing again while it fails for a reason that may pass, for so long as the configuration says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from redun.errors import ConfigError, RecorderError
from redun.recorder.patience import Patience

from redun_backend_postgres.destination import Destination
from redun_backend_postgres.failures import PassingError

__all__ = ["Persistence"]

T = TypeVar("T")

_PAUSE_S, _LONGEST_S = 0.1, 5.0
# Those of redun 0.44, for whoever asks for a number of attempts.
_BACKOFF_S, _BACKOFF_MAX_S = 1.0, 60.0


class Persistence:
    """How long one bears with a database; says so while it waits.

    Parameters
    ----------
    destination : Destination
        Its options `db_retries`, `db_retries_backoff` and `db_retries_backoff_max` count; without the first, one
        waits for five minutes.

    Raises
    ------
    ConfigError
        One of these is no number.
    """

    def __init__(self, destination: Destination) -> None:
        self._url = destination.url
        self._tries = _number(destination, "db_retries", int)
        pause = _number(destination, "db_retries_backoff", float)
        longest = _number(destination, "db_retries_backoff_max", float)
        usual = (_PAUSE_S, _LONGEST_S) if self._tries is None else (_BACKOFF_S, _BACKOFF_MAX_S)
        self._pause = usual[0] if pause is None else pause
        self._longest = usual[1] if longest is None else longest
        self._gave_up = False
        self._inside = threading.local()

    def do(self, action: Callable[[], T]) -> T:
        """Return what an action returns, which is done until it does not raise a `PassingError`.

        Raises
        ------
        RecorderError
            It did so for too long. From then on each action is tried once, until one succeeds.
        """
        if getattr(self._inside, "waits", False):
            # Whoever is outside of this has the patience.
            return action()
        self._inside.waits = True
        try:
            return self._do(action)
        finally:
            self._inside.waits = False

    def _do(self, action: Callable[[], T]) -> T:
        patience: Patience | None = None
        while True:
            try:
                result = action()
            except PassingError as error:
                patience = patience or Patience(
                    self._url,
                    tries=self._tries,
                    pause_s=self._pause,
                    longest_s=self._longest,
                )
                if self._gave_up or not patience.wait("which " + str(error).removeprefix(f"{self._url} ")):
                    self._gave_up = True
                    raise RecorderError(
                        f"{error}, and trying again did not help: see that the server runs and can be reached, then "
                        "run it again; what was recorded until then is kept"
                    ) from error
            else:
                self._gave_up = False
                return result


def _number(destination: Destination, option: str, kind: Callable[[str], T]) -> T | None:
    text = destination.options.get(option)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"section [backend], option {option!r}: {text!r} is no number") from None
