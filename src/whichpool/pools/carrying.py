"""whichpool in a process that has none: its sources travel there, and are imported from memory.

The workers of a cluster elsewhere need a few of whichpool's modules, and the Python they run has its own packages. What
is sent is a text for ``exec``, which names nothing but Python's own modules: so any process can take it.
"""

from pathlib import Path

import whichpool

_FOLDER = Path(__file__).parent.parent
_CARRIED = (
    "__init__.py",
    "errors.py",
    "first_use.py",
    "native_limits.py",
    "pools/*.py",
    "values/*.py",
    "lab/__init__.py",
    "lab/worker.py",
)

_TEXT = '''
import importlib.abc, importlib.util, sys

class Carried(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Finds and loads whichpool's modules in a table of sources."""

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if self.file(name) in self.sources else None

    def file(self, name):
        inside = name.replace(".", "/")
        package = inside + "/__init__.py"
        return package if package in self.sources else inside + ".py"

    def is_package(self, name):
        return self.file(name).endswith("/__init__.py")

    def get_filename(self, name):
        return "<carried>/" + self.file(name)

    def get_source(self, name):
        return self.sources[self.file(name)]

def carry(sources, version):
    try:
        import whichpool
        if whichpool.__version__ == version:
            return
    except ImportError:
        pass
    for name in [name for name in sys.modules if name.partition(".")[0] == "whichpool"]:
        del sys.modules[name]
    sys.meta_path.insert(0, Carried(sources))
'''


def script() -> str:
    """Write the text that makes whichpool importable in the process that executes it.

    It leaves no file behind, and does nothing where this version of whichpool can be imported already.
    """
    files = sorted(file for pattern in _CARRIED for file in _FOLDER.glob(pattern))
    sources = {f"whichpool/{file.relative_to(_FOLDER).as_posix()}": file.read_text("utf-8") for file in files}
    return f"{_TEXT}\ncarry({sources!r}, {whichpool.__version__!r})\n"
