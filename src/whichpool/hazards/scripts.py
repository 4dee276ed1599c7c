"""What a module does when it is imported, which every spawned worker repeats, and what only the program does."""

import ast
from collections.abc import Iterator

from whichpool.hazards.bindings import OWN_SCOPE, bound, imports, statements
from whichpool.hazards.effects import MEND_MODULE_WORK, each
from whichpool.hazards.looking import Look
from whichpool.hazards.module import Module
from whichpool.values.hazards import IMPORTED, Finding, Hazard, Spot

_STARTERS = {
    "multiprocessing.Process",
    "multiprocessing.Pool",
    "multiprocessing.pool.Pool",
    "multiprocessing.Manager",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.process.ProcessPoolExecutor",
    "concurrent.futures.InterpreterPoolExecutor",
    "joblib.Parallel",
    "mpire.WorkerPool",
    "pathos.multiprocessing.ProcessingPool",
}
_MADE_OF_CONTEXT = {"Process", "Pool", "Manager"}  # multiprocessing.get_context("spawn").Pool()
_HEAVY = {
    "time.sleep",
    "numpy.load",
    "numpy.loadtxt",
    "numpy.genfromtxt",
    "json.load",
    "pickle.load",
    "joblib.load",
    "torch.load",
    "spacy.load",
    "requests.get",
    "requests.post",
    "urllib.request.urlopen",
    "subprocess.run",
    "subprocess.check_output",
}
_DEEPEST = 5


def find_no_main_guard(look: Look) -> Iterator[Finding]:
    """Find what starts processes, or the whole program, whenever the module is imported."""
    starts, runs = [], []
    for statement in look.module.top_level():
        calls = list(calls_of(statement))
        if any(_starts_processes(look.module, call) for call in calls):
            starts.append(look.module.spot(statement))
        elif isinstance(statement, ast.Expr) and any(_is_main(look.module, call) for call in calls):
            runs.append(look.module.spot(statement))
    if not starts and not runs:
        return
    does = "starts processes" if starts else "runs its main function"
    again = "each worker imports the module, and so " + (
        "starts processes of its own: RuntimeError" if starts else "runs its main function again"
    )
    yield Finding(
        Hazard.NO_MAIN_GUARD,
        "__main__",
        f"the module {does} when it is imported, not only when it is the program",
        each(IMPORTED, again),
        'put it under  if __name__ == "__main__":',
        (*starts, *runs),
    )


def find_module_work(look: Look) -> Iterator[Finding]:
    """Note what the module computes or loads when it is imported; what it costs, only a trial can tell."""
    spots = []
    for statement in look.module.top_level():
        if any(_starts_processes(look.module, call) or _is_main(look.module, call) for call in calls_of(statement)):
            continue
        for call in calls_of(statement):
            origin = look.module.dotted(call.func) or ""
            if (
                own_function(look.module, call)
                or origin in _HEAVY
                or origin.startswith("pandas.read_")
                or origin.endswith(".from_pretrained")
            ):
                spots.append(look.module.spot(statement))
                break
    if spots:
        message = "the module computes when it is imported, and each spawned worker does so again"
        yield Finding(Hazard.MODULE_WORK, "import", message, {}, MEND_MODULE_WORK, tuple(spots))


def find_names_of_the_program_only(look: Look) -> Iterator[Finding]:
    """Find names that the function reads and that exist only where the module is the program that was started."""
    always = {name for one in statements(look.module.top_level()) for name in _names_bound(one)}
    main = {name: one for one in statements(look.module.main_block()) for name in _names_bound(one)}
    missing: dict[str, list[Spot]] = {}
    target = look.name.partition(".")[0]
    if target in main and target not in always:
        yield Finding(
            Hazard.UNPICKLABLE,
            look.name,
            f"{target} is defined under the main guard only",
            each(IMPORTED, f"a worker imports the module without its main block, and finds no {target}"),
            f"define {target} above the main guard",
            (look.module.spot(look.target),),
        )
    for captured, reached, node in look.captured():
        read = isinstance(node, ast.Name) and node.id == captured.name and isinstance(node.ctx, ast.Load)
        if read and captured.name in main and captured.name not in always:
            missing.setdefault(captured.name, []).append(look.module.spot(node, reached.name))
    for name, spots in missing.items():
        yield Finding(
            Hazard.STATE_ASSIGNED,
            name,
            f"{name} is bound under the main guard only, and the function reads it",
            each(IMPORTED, f"a worker imports the module without its main block: NameError: {name}"),
            f"pass {name} as an argument, or bind it above the main guard",
            (*spots, look.module.spot(main[name])),
        )


def _names_bound(statement: ast.stmt) -> set[str]:
    return {name for name, _ in bound(statement)} | set(imports([statement]))


def calls_of(node: ast.AST) -> Iterator[ast.Call]:
    """List the calls that a statement makes itself; decorators and what functions would call are left aside."""
    if isinstance(node, OWN_SCOPE):
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from calls_of(child)


def _starts_processes(module: Module, call: ast.Call, depth: int = 0) -> bool:
    """Tell whether a call starts processes, itself or through functions of the module."""
    if module.dotted(call.func) in _STARTERS:
        return True
    if isinstance(call.func, ast.Attribute) and call.func.attr in _MADE_OF_CONTEXT:
        return _is_context(module, call.func.value)
    own = own_function(module, call)
    if own and depth < _DEEPEST:
        inner = (made for statement in own.body for made in calls_of(statement))
        return any(_starts_processes(module, made, depth + 1) for made in inner)
    return False


def _is_context(module: Module, value: ast.AST | None) -> bool:
    if isinstance(value, ast.Name):
        value = module.last(value.id)
    return isinstance(value, ast.Call) and module.dotted(value.func) == "multiprocessing.get_context"


def _is_main(module: Module, call: ast.Call) -> bool:
    """Recognise the call of a program's own main function."""
    own = own_function(module, call)
    return own is not None and own.name in {"main", "_main", "run_main"}


def own_function(module: Module, call: ast.Call) -> ast.FunctionDef | None:
    """Find the module's own function that a call runs."""
    found = module.last(call.func.id) if isinstance(call.func, ast.Name) else None
    return found if isinstance(found, ast.FunctionDef) else None
