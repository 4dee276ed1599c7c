"""Calls that change what they are called on, or an argument: known methods and functions, and known exceptions."""

import ast
import sys
from collections.abc import Iterator, Mapping

from whichpool.hazards.looking import Captured, CaptureKind
from whichpool.hazards.module import Module
from whichpool.hazards.things import class_values, is_array, lineage

_IN_PLACE = """
    append extend insert add update pop popitem setdefault remove discard clear sort reverse
    appendleft extendleft popleft rotate subtract move_to_end
    difference_update intersection_update symmetric_difference_update writerow writerows writeheader
    __setitem__ __delitem__ __setattr__
"""
METHODS = frozenset(_IN_PLACE.split())
"""Methods that change what they are called on, in the standard library's containers."""

_OF_ARRAYS = frozenset({"fill", "put", "partition", "resize", "itemset", "setflags"})  # elsewhere they make anew

_OF_AN_ARGUMENT = """
    heapq.heappush heapq.heappop heapq.heapify heapq.heapreplace heapq.heappushpop
    random.shuffle numpy.random.shuffle
    bisect.insort bisect.insort_left bisect.insort_right
    operator.setitem operator.delitem operator.iadd operator.ior operator.iconcat
    builtins.setattr builtins.delattr builtins.next
    numpy.put numpy.copyto numpy.fill_diagonal numpy.place numpy.putmask numpy.put_along_axis
"""
_FIRST_ARGUMENT = frozenset(_OF_AN_ARGUMENT.split())

_GUARDED = ("threading.", "multiprocessing.", "asyncio.", "queue.", "contextvars.", "logging.", "re.", "pathlib.")
"""Makers of what sees to concurrent use itself, or has methods of these names that change nothing."""

_MAKES_ANEW = {
    "append",
    "add",
    "clear",
    "sort",
    "reverse",
}  # methods of data frames and series, and of other immutable things
_NEVER_CHANGE = ("pandas.", "polars.", "decimal.", "fractions.", "datetime.", "pyspark.", "sympy.", "torch.")
_UNCHANGEABLE = ast.Constant | ast.JoinedStr | ast.Tuple | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def changed_by_call(
    call: ast.Call, things: Mapping[ast.AST, Captured], module: Module, imported: Mapping[str, str]
) -> Iterator[tuple[Captured, str]]:
    """List what a call changes in place of what is captured, each with the deed in code, such as ``.append()``."""
    function = call.func
    origin = module.dotted(function, imported) or ""
    first = things.get(call.args[0]) if call.args else None
    if origin in _FIRST_ARGUMENT and first is not None:
        name = origin.removeprefix("builtins.")
        if not (name == "next" and first.element) and _may_change(first, "", module):
            yield first, f"{name}()"
    elif isinstance(function, ast.Attribute):
        receiver = things.get(function.value)
        is_said = receiver is not None and _says(call, "inplace") and _may_change(receiver, function.attr, module)
        if receiver is not None and (is_said or changed_by_method(receiver, function.attr, module)):
            yield receiver, f".{function.attr}()"
    elif function in things:
        yield from _changed_by_name(things[function], module)
    for keyword in call.keywords:
        if keyword.arg == "out" and (written := things.get(keyword.value)) is not None:
            yield written, "out="


def _changed_by_name(function: Captured, module: Module) -> Iterator[tuple[Captured, str]]:
    """See through a name of the module for a method: ``note = SEEN.append``."""
    for value in function.values:
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
            name = value.value.id
            owner = Captured(name, CaptureKind.GLOBAL, module.bindings.get(name, ()))
            if owner.values and changed_by_method(owner, value.attr, module):
                yield owner, f".{value.attr}()"


def changed_by_method(receiver: Captured, method: str, module: Module) -> bool:
    """Tell whether a method changes something captured that it is called on."""
    known = method in METHODS or (method in _OF_ARRAYS and is_array(receiver, module))
    return known and _may_change(receiver, method, module)


def _says(call: ast.Call, option: str) -> bool:
    return any(
        keyword.arg == option and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in call.keywords
    )


def _may_change(captured: Captured, method: str, module: Module) -> bool:
    if captured.kind is CaptureKind.IMPORTED and not _is_constant_like(captured.name):
        return False  # np.append(…), shutil.copy(…): a function of a module
    if captured.values and all(isinstance(value, _UNCHANGEABLE) for value in captured.values):
        return False
    return not any(_changes_nothing(value, method, module) for value in captured.values)


def _is_constant_like(name: str) -> bool:
    return name.rpartition(".")[2].isupper()


def _changes_nothing(value: ast.AST, method: str, module: Module) -> bool:
    """Tell whether the method of what a value makes changes nothing that the caller need know of, or is read itself."""
    owner = value if isinstance(value, ast.ClassDef) else module.class_of(value)
    if owner is not None and class_values(owner, method, module):
        return True
    if not isinstance(value, ast.Call):
        return False
    origin = module.dotted(value.func) or ""
    return origin.startswith(_GUARDED) or (method in _MAKES_ANEW and origin.startswith(_NEVER_CHANGE))


def is_left_to_other_rules(captured: Captured, module: Module) -> bool:
    """Tell whether something is a setting of the process, or each thread's own: those have rules of their own."""
    if captured.kind is CaptureKind.IMPORTED:
        first = captured.name.partition(".")[0]
        return module.imported.get(first, first).partition(".")[0] in sys.stdlib_module_names | {"numpy", "torch"}
    return any(_is_each_threads_own(value, module) for value in captured.values)


def _is_each_threads_own(value: ast.AST, module: Module) -> bool:
    """Recognise a ``threading.local``, an instance of a subclass of it, and a context variable."""
    owner = module.class_of(value)
    makers = [base for one in lineage(owner, module) for base in one.bases] if owner else []
    if isinstance(value, ast.Call):
        makers.append(value.func)
    return any(module.dotted(maker) in {"threading.local", "contextvars.ContextVar"} for maker in makers)
