"""From the names that a user typed to a function and its items, inside the child.

A file is imported as a script's neighbours would import it: its folder stands first on ``sys.path``, and a file in
a package is imported as part of that package, so that its relative imports work. Workers prepare themselves with
the same steps, so that what is pickled by reference here is found there.
"""

import ast
import difflib
import importlib
import importlib.util
import inspect
import multiprocessing
import pickle
import pkgutil
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, NamedTuple

from whichpool.errors import WrongCall
from whichpool.lab.items import make_items
from whichpool.pools.parcel import ItemFailure
from whichpool.pools.protocol import Function
from whichpool.values import Facts, Workload


class Call(NamedTuple):
    """One call that was written out in full: ``file.py:function(7)``."""

    function: Function
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


def make_call(call: Call) -> object:
    """Carry out one call; the function of a workload whose items are calls."""
    return call.function(*call.arguments, **call.keywords)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workload in hand.

    Attributes:
        function: What is called with each item.
        items: The items; an item is one call's arguments.
        prepare: What a worker calls before its first item, so that the function and the items' types are found there.
        facts: What loading told.
    """

    function: Function
    items: Sequence[Any]
    prepare: Callable[[], None]
    facts: Facts

    def show_item(self, index: int) -> str:
        """Name an item for people: ``item 3 (17)``, or the call as it was written."""
        item = self.items[index]
        if isinstance(item, Call):
            return f"the call {item.function.__name__}{_arguments_as_text(item)}"
        return f"item {index} ({_short(item)})"


def load(workload: Workload) -> Loaded:
    """Import the target and make the items.

    Raises:
        WrongCall: A name leads nowhere, the items cannot be had, or the call does not fit the function.
    """
    begun_s = perf_counter()
    prepare = partial(prepare_worker, replace(workload, items=None, items_pickle=b""))
    prepare()
    function, items = _by_value(workload) if workload.function_pickle else _by_name(workload)
    load_s = perf_counter() - begun_s
    if not len(items):
        message = f"there is no item to run: {workload.items or 'the list of items'} is empty"
        raise WrongCall(message)
    unpacked = _check_fit(function, items)
    facts = Facts(
        items=len(items),
        unpacked=unpacked,
        by_value=isinstance(function, _ByValue),
        start_methods=_start_methods(),
        python=platform.python_version(),
        load_s=load_s,
    )
    return Loaded(function, items, prepare, facts)


def prepare_worker(workload: Workload) -> None:
    """Make the workload's modules importable in this process; does nothing where that has been done already."""
    if workload.function_pickle:
        sys.path[:0] = [entry for entry in workload.path if entry not in sys.path]
        _load_by_value(workload.function_pickle)
    for target in workload.targets:
        _import_target(_split(target)[0], workload.folder)


# --- by name ---------------------------------------------------------------------------------------------------


def _by_name(workload: Workload) -> tuple[Function, Sequence[Any]]:
    """Find the function and the items that the targets and the items' SPEC name."""
    parts = [_split(target) for target in workload.targets]
    if all(arguments for _, _, arguments in parts):
        if workload.items is not None:
            message = "a target with its arguments written out takes no --items; leave out one of the two"
            raise WrongCall(message)
        return make_call, [_written_call(*part, workload.folder) for part in parts]
    if len(parts) > 1:
        message = "several targets are compared as calls: write each with its arguments, as in 'app.py:work(7)'"
        raise WrongCall(message)
    place, name, _ = parts[0]
    module = _import_target(place, workload.folder)
    function = _find_function(module, place, name)
    if workload.items_pickle:
        return function, pickle.loads(workload.items_pickle)  # noqa: S301 - the caller's bytes
    if workload.items is None:
        message = (
            f"{name} needs items: add --items SPEC, such as --items 'range(100)', --items NAME for a list in {place}, "
            f"or write one call: '{place}:{name}(…)'"
        )
        raise WrongCall(message)
    import_place = partial(_import_target, folder=workload.folder)
    return function, make_items(workload.items, module, import_place, Path(workload.folder), workload.max_items)


def _split(target: str) -> tuple[str, str, str]:
    """Split ``place:function(arguments)`` into its three parts; the last is empty without parentheses."""
    head, parenthesis, tail = target.partition("(")
    place, colon, name = head.rpartition(":")
    if not colon or not place or not name.strip():
        message = f"{target!r} names no function: write package.module:function or path/to/file.py:function"
        raise WrongCall(message)
    return place, name.strip(), parenthesis + tail


def _import_target(place: str, folder: str) -> ModuleType:
    """Import a module by its name or by its file.

    Raises:
        WrongCall: There is no such module or file, or importing it fails.
    """
    if not (place.endswith(".py") or "/" in place or (Path(folder) / place).is_file()):
        return _import_module(place, folder, place)
    path = Path(folder, place).expanduser().resolve()
    if path.is_dir():
        message = f"{place} is a folder: name a file in it, as in {place.rstrip('/')}/file.py:function"
        raise WrongCall(message)
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.py")], n=3)
        message = f"there is no file {place}{_did_you_mean(near)}"
        raise WrongCall(message)
    return _import_file(path, place)


def _import_file(path: Path, place: str) -> ModuleType:
    root = path.parent
    names = [path.stem]
    while (root / "__init__.py").is_file():
        names.insert(0, root.name)
        root = root.parent
    if names[-1] == "__init__":
        names.pop()
    if len(names) > 1 or path.name == "__init__.py":
        return _import_module(".".join(names), str(root), place)
    name = _free_name(path)
    if name not in sys.modules:
        _stand_first(str(root))
        spec = importlib.util.spec_from_file_location(name, path, loader=None)
        if spec is None or spec.loader is None:
            message = f"{place} is no Python file: its name must end in .py"
            raise WrongCall(message)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            _run_import(partial(spec.loader.exec_module, module), place)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def _free_name(path: Path) -> str:
    """Name a file's module after the file, unless that would shadow a module that Python or whichpool needs."""
    name = path.stem.replace(".", "_")
    known = sys.modules.get(name)
    taken = name in sys.stdlib_module_names or (known is not None and getattr(known, "__file__", None) != str(path))
    return f"{name}_" if taken else name


def _import_module(name: str, first: str, place: str) -> ModuleType:
    if name not in sys.modules:
        _stand_first(first)
        try:
            _run_import(partial(importlib.import_module, name), place)
        except ModuleNotFoundError as error:
            if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
                raise  # pragma: no cover - _run_import has told it already
            package, _, _ = name.partition(".")
            near = difflib.get_close_matches(package, [found.name for found in pkgutil.iter_modules()], n=3)
            message = f"there is no module {error.name!r} here{_did_you_mean(near)}; a file is named with .py"
            raise WrongCall(message) from None
    return sys.modules[name]


def _stand_first(folder: str) -> None:
    if folder not in sys.path[:1]:
        sys.path.insert(0, folder)


def _run_import(run: Callable[[], object], place: str) -> None:
    """Import, and turn what goes wrong in the user's module into words, with the user's own frames."""
    try:
        run()
    except SyntaxError as error:
        message = f"{error.filename}, line {error.lineno}: {error.msg}\n    {(error.text or '').strip()}"
        raise WrongCall(message) from None
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(f"{error.name}.")):
            raise
        raise WrongCall(_told(error, f"importing {place} failed")) from None
    except (Exception, SystemExit) as error:
        hint = ""
        if isinstance(error, SystemExit):
            hint = "; put what the script does under  if __name__ == '__main__':"
        raise WrongCall(_told(error, f"importing {place} failed") + hint) from None


def _told(error: BaseException, what: str) -> str:
    told = ItemFailure.raised(error)
    frames = [line for line in told.traceback.splitlines() if "importlib" not in line]
    return "\n".join([f"{what}: {told.message}", *frames[-8:-1]])


def _find_function(module: ModuleType, place: str, name: str) -> Function:
    """Find a function by its dotted name."""
    found: Any = module
    for part in name.split("."):
        owner = found
        found = getattr(owner, part, None)
        if found is None:
            functions = (
                [key for key, value in vars(owner).items() if callable(value)] if hasattr(owner, "__dict__") else []
            )
            near = difflib.get_close_matches(part, functions, n=3)
            message = f"there is no function {part!r} in {place}{_did_you_mean(near)}"
            raise WrongCall(message)
    if not callable(found):
        message = f"{place}:{name} is no function but {_article(type(found).__name__)}: {_short(found)}"
        raise WrongCall(message)
    return _refuse_what_only_promises(found, f"{place}:{name}")


def _refuse_what_only_promises(function: Function, name: str) -> Function:
    """Calling an ``async def`` or a generator function computes nothing; timing it would measure nothing."""
    if inspect.iscoroutinefunction(function):
        message = f"{name} is an async function: calling it runs nothing; name a function that calls asyncio.run on it"
        raise WrongCall(message)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        message = f"{name} is a generator function: calling it runs nothing; name a function that makes a list of it"
        raise WrongCall(message)
    return function


def _written_call(place: str, name: str, arguments: str, folder: str) -> Call:
    """Read a call as Python does, with the names of the target's module at hand, and check that it fits."""
    module = _import_target(place, folder)
    function = _find_function(module, place, name)
    written = f"{name}{arguments}"
    try:
        code = compile(ast.parse(f"_{arguments}", mode="eval"), "<call>", "eval")
    except SyntaxError as error:
        message = f"the call {written} is not Python: {error.msg}"
        raise WrongCall(message) from None
    try:
        given, keywords = eval(code, {**vars(module), "_": lambda *args, **named: (args, named)})  # noqa: S307
    except Exception as error:
        message = f"the arguments of the call {written} cannot be had: {type(error).__name__}: {error}"
        raise WrongCall(message) from None
    call = Call(function, given, keywords)
    misfit = _misfit(function, given, keywords)
    if misfit:
        message = f"the call {written} does not fit the function: {misfit}\n    def {name}{inspect.signature(function)}"
        raise WrongCall(message)
    return call


# --- by value --------------------------------------------------------------------------------------------------


class _ByValue:
    """A function that no name leads to; in a worker it is the one that the worker was prepared with."""

    def __init__(self, data: bytes) -> None:
        self.function = _load_by_value(data)
        self.key = hash(data)

    def __call__(self, *arguments: object) -> object:
        return self.function(*arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return _prepared_function, ()


def _by_value(workload: Workload) -> tuple[Function, Sequence[Any]]:
    function = _refuse_what_only_promises(_load_by_value(workload.function_pickle), workload.name)
    items = pickle.loads(workload.items_pickle)  # noqa: S301 - the caller's bytes
    _publish_types(items)
    try:
        pickle.dumps(function)
    except Exception:  # whatever keeps pickle from sending it
        return _ByValue(workload.function_pickle), items
    return function, items


@cache
def _load_by_value(data: bytes) -> Function:
    """Rebuild the function, and make this process's ``__main__`` stand for the one it came from.

    A function or class that a notebook or script defines is pickled by reference to ``__main__``, here as there.
    """
    try:
        function: Function = pickle.loads(data)  # noqa: S301 - the caller's bytes
    except ModuleNotFoundError as error:
        message = f"the function needs the module {error.name!r}, which this Python ({sys.executable}) does not have"
        raise WrongCall(message) from None
    main = sys.modules["__main__"]
    for name, value in {**getattr(function, "__globals__", {}), getattr(function, "__name__", ""): function}.items():
        if getattr(value, "__module__", None) == "__main__" and getattr(value, "__qualname__", None) == name:
            setattr(main, name, value)
    global _prepared  # noqa: PLW0603 - a worker serves one workload
    _prepared = function
    return function


_prepared: Function | None = None


def _prepared_function() -> Function:
    if _prepared is None:
        message = "this worker was not prepared with the function"
        raise RuntimeError(message)
    return _prepared


def _publish_types(items: Sequence[Any]) -> None:
    """Make the classes of the items known under the names by which pickle will look for them."""
    main = sys.modules["__main__"]
    for item in items:
        kind = type(item)
        if kind.__module__ == "__main__" and not hasattr(main, kind.__name__):
            setattr(main, kind.__name__, kind)


# --- checks ----------------------------------------------------------------------------------------------------


def _check_fit(function: Function, items: Sequence[Any]) -> bool:
    """Tell whether items must be unpacked, ``function(*item)``.

    Raises:
        WrongCall: The function can be called neither with an item nor with an item's parts.
    """
    if function is make_call:
        return False
    inner = function.function if isinstance(function, _ByValue) else function
    item = items[0]
    misfit = _misfit(inner, (item,), {})
    if not misfit:
        return False
    if isinstance(item, tuple) and not _misfit(inner, item, {}):
        return True
    name = getattr(inner, "__name__", repr(inner))
    message = (
        f"the function does not fit its items: {name}({_short(item)}): {misfit}\n"
        f"    def {name}{inspect.signature(inner)}\n"
        "Each item is the function's one argument; a tuple may hold several."
    )
    raise WrongCall(message)


def _misfit(function: Function, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str | None:
    """Say why a call does not fit a function; None if it does, or if the function does not tell its signature."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return None
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as error:
        return str(error)
    return None


def _start_methods() -> tuple[str, ...]:
    """List how this Python can start processes, its own default first."""
    methods = multiprocessing.get_all_start_methods()
    default = multiprocessing.get_start_method()
    return (default, *[method for method in methods if method != default])


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {' or '.join(names)}?" if names else ""


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _short(value: object, width: int = 60) -> str:
    """Show a value in a line; a user's ``__repr__`` may raise."""
    try:
        text = " ".join(repr(value).split())
    except Exception as error:
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _arguments_as_text(call: Call) -> str:
    shown = [_short(value, 30) for value in call.arguments]
    shown += [f"{name}={_short(value, 30)}" for name, value in call.keywords.items()]
    return f"({', '.join(shown)})"
