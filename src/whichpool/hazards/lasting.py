"""What importing a module does that lasts: a worker that imports it anew would do it once more."""

import ast

from whichpool.hazards.looking import own_nodes
from whichpool.hazards.module import Module
from whichpool.hazards.scripts import calls_of, own_function

_CALLS = """
    builtins.input logging.basicConfig logging.FileHandler logging.config.dictConfig logging.config.fileConfig
    logging.handlers.RotatingFileHandler logging.handlers.TimedRotatingFileHandler sqlite3.connect
    socket.create_connection urllib.request.urlopen
    os.remove os.unlink os.rename os.replace os.rmdir os.removedirs os.mkdir os.makedirs os.truncate os.system os.kill
"""
_LASTING = frozenset(_CALLS.split())
_MODULES = ("shutil.", "subprocess.", "requests.", "httpx.", "tempfile.")
_METHODS = frozenset({"write_text", "write_bytes", "unlink", "rmdir", "mkdir", "touch", "rename", "to_csv", "savefig"})
_MODES, _WRITING = frozenset("rwaxbt+"), frozenset("wax+")
_DEEPEST = 3


def first_lasting(module: Module) -> ast.Call | None:
    """Find the first call that importing a module makes, outside of its main guard, and that has a lasting effect."""
    calls = (call for statement in module.top_level() for call in calls_of(statement))
    return next((call for call in calls if _lasts(module, call)), None)


def _lasts(module: Module, call: ast.Call, depth: int = 0) -> bool:
    """Tell whether a call has a lasting effect, itself or by way of functions of the module."""
    origin = module.dotted(call.func) or ""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if origin in _LASTING or origin.startswith(_MODULES) or (method in _METHODS and not origin):
        return True
    if method == "open" or origin == "builtins.open":
        return _opens_to_write(call)
    own = own_function(module, call) if depth < _DEEPEST else None
    inner = own_nodes(own) if own is not None else ()
    return any(isinstance(node, ast.Call) and _lasts(module, node, depth + 1) for node in inner)


def _opens_to_write(call: ast.Call) -> bool:
    """Tell by what looks like a mode."""
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [set(part.value) for part in given if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(text <= _MODES and text & _WRITING for text in texts)
