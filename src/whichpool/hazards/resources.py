"""Things held on to across calls that must not simply cross a thread, a fork or a pickle."""

import ast
from collections.abc import Iterator

from whichpool.hazards.effects import ResourceKind, resource_finding
from whichpool.hazards.looking import Captured, CaptureKind, Look
from whichpool.hazards.makers import kind_made
from whichpool.values.hazards import Finding, Spot

_LOG_FILES = {
    "logging.FileHandler",
    "logging.handlers.RotatingFileHandler",
    "logging.handlers.TimedRotatingFileHandler",
    "logging.handlers.WatchedFileHandler",
}
_LOG_CALLS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def find_resources(look: Look) -> Iterator[Finding]:
    """Find files, connections, locks, random generators and their like that outlive the call."""
    uses: dict[tuple[str, ResourceKind], tuple[Captured, list[Spot]]] = {}
    for captured, reached, node in look.captured():
        kinds = (kind_made(look.module, value, reached.imported) for value in captured.values)
        kind = next((kind for kind in kinds if kind), None)
        if kind and kind is not ResourceKind.THREAD_LOCAL:  # what matters there is who sets it: see process_state
            spots = uses.setdefault((captured.name, kind), (captured, []))[1]
            spots.append(look.module.spot(node, reached.name))
    for (name, kind), (captured, spots) in uses.items():
        is_default = captured.kind is CaptureKind.DEFAULT
        made = "is made once, as the default of a parameter" if is_default else "is made outside the function"
        message = f"{name}, {kind}, {made}, and every call uses it"
        defined = [look.module.spot(value) for value in captured.values]
        yield resource_finding(kind, name, message, tuple(dict.fromkeys([*spots, *defined])))


def find_log_files(look: Look) -> Iterator[Finding]:
    """Find logging into a file that the module itself sets up."""
    files = [node for node in look.module.nodes if isinstance(node, ast.Call) and _opens_log_file(look, node)]
    if not files:
        return
    given = _loggers_given_handlers(look)
    loggers = {
        id(node)
        for captured, _, node in look.captured()
        if _is_logger(look, captured) and (given is None or captured.name in given)
    }
    for reached in look.reached:
        for node in ast.walk(reached.node):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in _LOG_CALLS:
                continue
            if look.module.dotted(node.func.value, reached.imported) == "logging" or id(node.func.value) in loggers:
                name = ast.unparse(node.func.value)
                message = f"{name} writes into a log file that the module opens"
                spots = (look.module.spot(node, reached.name), look.module.spot(files[0]))
                yield resource_finding(ResourceKind.LOG_FILE, name, message, spots)
                return


def _loggers_given_handlers(look: Look) -> set[str] | None:
    """Name the loggers that handlers are added to; None where one may be the root, to which all pass on."""
    calls = [node for node in look.module.nodes if isinstance(node, ast.Call)]
    owners = [
        call.func.value for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "addHandler"
    ]
    names = {owner.id for owner in owners if isinstance(owner, ast.Name)}
    bound = [value for name in names for value in look.module.bindings.get(name, ())]
    may_be_root = any(not isinstance(value, ast.Call) or not (value.args or value.keywords) for value in bound)
    is_named = owners and bound and all(isinstance(owner, ast.Name) for owner in owners)
    by_settings = any(look.module.dotted(call.func) == "logging.basicConfig" for call in calls)
    return names if is_named and not may_be_root and not by_settings else None


def _opens_log_file(look: Look, call: ast.Call) -> bool:
    origin = look.module.dotted(call.func)
    if origin == "logging.basicConfig":
        return any(keyword.arg == "filename" for keyword in call.keywords)
    return origin in _LOG_FILES


def _is_logger(look: Look, captured: Captured) -> bool:
    return any(
        isinstance(value, ast.Call) and look.module.dotted(value.func) == "logging.getLogger"
        for value in captured.values
    )
