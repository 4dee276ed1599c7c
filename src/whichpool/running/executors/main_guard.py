"""Whether worker processes can be started as the program stands: each of them imports the program's main module.

``spawn`` and ``forkserver`` do so whatever is to be run there, under the name ``__mp_main__`` (see "The spawn and
forkserver start methods" in the documentation of ``multiprocessing``). A program that does its work without a guard
would do it again in every worker.
"""

import ast
import os
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whichpool.hazards.module import Module

_LONGEST = 60
_NAME = b"__main__"


def why_not_processes(pickled: bytes) -> str | None:
    """Say why workers must not be started now for a call; None if they may.

    Args:
        pickled: The call. What is defined in the main module is pickled with that module's name.
    """
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    name = getattr(getattr(main, "__spec__", None), "name", "")
    if file is None or name.endswith("__main__"):  # a notebook, a shell, python -c, python -m package: not imported
        return "it needs what only the main module has, which workers cannot import" if _NAME in pickled else None
    if not os.path.exists(file):  # noqa: PTH110 - as users name it; a program that is read from standard input, too
        return f"workers import the main module, and {file} is not there"
    frame = _of_main_module(vars(main))
    module = _parsed(file)
    if frame is None or module is None or not _is_guarded(module, frame.f_lineno):
        return 'the program would run again in each worker: it does not run under  if __name__ == "__main__":'
    from whichpool.hazards.lasting import first_lasting  # noqa: PLC0415 - slow to import, and most stay in threads

    lasting = first_lasting(module)
    if lasting is not None:
        return (
            f"each worker would do again what the program does at its top, in line {lasting.lineno}: {_shown(lasting)}"
        )
    return None


def _of_main_module(names: dict[str, object]) -> FrameType | None:
    """Find the frame in which the main thread runs the main module itself."""
    ident = threading.main_thread().ident
    frame = None if ident is None else sys._current_frames().get(ident)  # noqa: SLF001 - documented all the same
    while frame is not None and (frame.f_globals is not names or frame.f_code.co_name != "<module>"):
        frame = frame.f_back
    return frame


def _parsed(file: str) -> "Module | None":
    from whichpool.hazards.module import Module  # noqa: PLC0415 - slow to import, and most functions stay in threads
    from whichpool.hazards.source import find_source  # noqa: PLC0415 - as above

    try:
        source = find_source(file, "")
        return None if source is None else Module.parse(source)
    except SyntaxError:
        return None


def _is_guarded(module: "Module", line: int) -> bool:
    """Tell whether a line of a module is run only where the module is the program."""
    guarded = module.main_block()
    return any(statement.lineno <= line <= (statement.end_lineno or statement.lineno) for statement in guarded)


def _shown(call: ast.Call) -> str:
    text = ast.unparse(call)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
