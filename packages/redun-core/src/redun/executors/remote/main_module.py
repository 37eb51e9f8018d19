"""The script that a user started, imported by another process under the same name.

Floor: executors. Names of its classes and the hashes of its tasks hold `__main__`, so it must have that name; but what
stands below ``if __name__ == "__main__":`` is not for workers.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType

from redun.executors.loading import loading

__all__ = ["load_main"]

_replaced: list[ModuleType] = []
"""What was `__main__` before; kept, for its functions may still run."""


def load_main(path: str, package: str = "") -> ModuleType:
    """Execute a script as the module `__main__`, without what it does only when it is started.

    Parameters
    ----------
    path : str
    package : str
        Its package, if it was started by ``python -m``.

    Raises
    ------
    OSError, SyntaxError
        There is no such file, or it is no Python.
    """
    tree = ast.parse(Path(path).read_bytes(), path)
    code = compile(_Unstarted().visit(tree), path, "exec")
    module = ModuleType("__main__")
    module.__file__ = path
    module.__package__ = package or None
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        with loading(path):
            exec(code, vars(module))
    except BaseException:
        sys.modules["__main__"] = before
        raise
    _replaced.append(before)
    return module


class _Unstarted(ast.NodeTransformer):
    """Puts False in the place of each ``__name__ == "__main__"``."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
        if len(sides) == 2 and set(sides) == {"__name__", "'__main__'"} and isinstance(node.ops[0], ast.Eq):
            return ast.copy_location(ast.Constant(False), node)
        return self.generic_visit(node)
