"""Reading the project's own source as a syntax tree."""

import ast
import gc

TRIES = 5


def parsed(source: str) -> ast.Module:
    """Return the syntax tree of a module's text.

    Python 3.11 gives a SystemError where the collector runs other code while it builds a tree (python/cpython#106905).
    """
    for _ in range(TRIES - 1):
        gc.disable()
        try:
            return ast.parse(source)
        except SystemError:
            continue
        finally:
            gc.enable()
    return ast.parse(source)
