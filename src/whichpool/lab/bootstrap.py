"""The file a Python is started with: it gives that Python whichpool, and nothing that lies beside whichpool.

The interpreter may be any on the machine, and its own packages are its own business: only this package is put into
``sys.modules``, from the folder this file lies in. The worker processes of spawn and forkserver run this file once
more, under the name ``__mp_main__``, and so get the package too.
"""

import os
import sys

if sys.version_info < (3, 11):  # said in a way that any older Python 3 can read
    sys.exit("whichpool measures Python 3.11 and later; this is " + sys.version.split()[0])

import importlib.util


def give_whichpool() -> None:
    """Load this package under its name, wherever it lies."""
    if "whichpool" in sys.modules:
        return
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    spec = importlib.util.spec_from_file_location(
        "whichpool", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        sys.exit("there is no whichpool in " + folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules["whichpool"] = module
    spec.loader.exec_module(module)


give_whichpool()

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    from whichpool.lab.supervisor import supervise

    supervise(control_descriptor=int(sys.argv[1]), events_descriptor=int(sys.argv[2]))
