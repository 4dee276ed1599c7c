"""Run by path in a process of its own: imports modules in a fresh interpreter, and tells line by line how that went.

A compiled module that is not made for interpreters may crash the process, and an import may hang: hence the process.
It reads a JSON list of a path and of names from standard input, and writes a JSON list of a name and an error for each,
which is empty where the import succeeded.
"""

import json
import sys
from importlib import import_module
from typing import Any

# a package may wrap the error of the module that refused in one of its own, which goes on for a page
_IMPORT = """
try:
    import {name}
except ImportError as error:
    while isinstance(error.__cause__ or error.__context__, ImportError):
        error = error.__cause__ or error.__context__
    raise error
"""


def main() -> None:
    """Answer one request."""
    interpreters: Any = import_module("concurrent.interpreters")  # 3.14 and later have it
    path, names = json.load(sys.stdin)
    interpreter = interpreters.create()
    interpreter.exec(f"import sys; sys.path[:] = {path!r}; sys.stdout = None")
    for name in names:
        error = ""
        try:
            interpreter.exec(_IMPORT.format(name=name))
        except interpreters.ExecutionFailed as failed:
            error = " ".join(f"{failed.excinfo.type.__name__}: {failed.excinfo.msg}".split())
        sys.stdout.write(json.dumps([name, error]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
