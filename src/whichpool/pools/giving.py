"""whichpool in a worker of this machine that could not import it: loaded from where it lies, as the caller's was.

The caller itself may have it in ``sys.modules`` only, and its workers then find no such package on their path.
"""

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

import whichpool

SCRIPT = """
import importlib.util, pickle, sys
sys.path[:] = path
if "whichpool" not in sys.modules:
    spec = importlib.util.spec_from_file_location("whichpool", init, submodule_search_locations=[folder])
    module = sys.modules["whichpool"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
pickle.loads(prepare)()
"""
"""What ``exec`` runs in the worker. It names nothing but Python's own modules, so any worker can take it."""


def names(prepare: Callable[[], None]) -> dict[str, Any]:
    """Make the names that the script is run with; they can be pickled.

    Args:
        prepare: What the worker calls once it has whichpool.
    """
    init = whichpool.__file__
    return {
        "path": list(map(str, sys.path)),
        "init": init,
        "folder": os.path.dirname(init),  # noqa: PTH120 - a Path would only be turned into this
        "prepare": pickle.dumps(prepare),
    }
