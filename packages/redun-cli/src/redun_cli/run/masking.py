"""The command line as it is recorded: without the values of options that are secrets.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

__all__ = ["masked"]

HIDDEN = "***"


def masked(argv: Sequence[str], secret: Collection[str]) -> list[str]:
    """Return a command line with the values of secret parameters replaced.

    Parameters
    ----------
    argv : sequence of str
    secret : collection of str
        Names of parameters.

    Examples
    --------
    >>> masked(["run", "w.py", "fetch", "--api-key", "hunter2", "--url=x"], ["api_key"])
    ['run', 'w.py', 'fetch', '--api-key', '***', '--url=x']
    >>> masked(["run", "w.py", "fetch", "--api-key=hunter2"], ["api_key"])
    ['run', 'w.py', 'fetch', '--api-key=***']
    """
    options = {"--" + name.replace("_", "-") for name in secret}
    words: list[str] = []
    hiding = False
    for word in argv:
        option, equals, _ = word.partition("=")
        if option in options:
            hiding = not equals
            words.append(f"{option}={HIDDEN}" if equals else option)
        elif hiding and not word.startswith("--"):
            # A list takes several words.
            words.append(HIDDEN)
        else:
            hiding = False
            words.append(word)
    return words
