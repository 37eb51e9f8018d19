"""Talk in Python: by ptpython or IPython where one is installed, else as `python` does.

Floor: command line.
"""

from __future__ import annotations

import code
import contextlib
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from redun.errors import RedunError

from redun_cli.repl.names import banner

__all__ = ["converse"]


def converse(names: dict[str, Any]) -> None:
    """Read lines and answer them until the input ends."""
    text = banner(names)
    # The comfortable ones want a terminal.
    if sys.stdin.isatty() and sys.stdout.isatty():
        for module, talk in (("ptpython", _by_ptpython), ("IPython", _by_ipython)):
            if find_spec(module) is not None:
                talk(text, names)
                return
        _complete(names)
    _Console(names).interact(text, exitmsg="")


class _Console(code.InteractiveConsole):
    """Python's own; errors that redun raises on purpose need no traceback."""

    def showtraceback(self) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, RedunError):
            self.write(f"{type(error).__name__}: {error}\n")
        else:
            super().showtraceback()


def _by_ptpython(text: str, names: dict[str, Any]) -> None:
    print(text)
    import_module("ptpython.repl").embed(globals=names, locals=names)


def _by_ipython(text: str, names: dict[str, Any]) -> None:
    shell: Any = import_module("IPython.terminal.embed").InteractiveShellEmbed(banner1=text)

    def show(_shell: Any, _kind: type, error: RedunError, _trace: Any, tb_offset: int | None = None) -> None:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)

    shell.set_custom_exc((RedunError,), show)
    shell(local_ns=names)


def _complete(names: dict[str, Any]) -> None:
    # Not every Python has readline.
    with contextlib.suppress(ImportError):
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
