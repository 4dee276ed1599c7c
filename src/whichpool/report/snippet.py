"""The code to paste: a workload run by a strategy, with the standard library and the user's own names."""

from textwrap import indent

from whichpool.report.source import Source, aliases
from whichpool.report.writing import fitted, is_importable, parenthesized, quoted
from whichpool.values import Facts, Strategy, Workload

_NAME_WIDTH = 60
_EXECUTORS = {"threads": "ThreadPoolExecutor", "processes": "ProcessPoolExecutor"}
_OWN_NAMES = {
    *("__file__", "__name__", "context", "future", "futures", "item", "items", "line", "lines", "part", "pool"),
    *("result", "results", "run_slice", "slices", "spec", "start", "len", "list", "range", "sorted", "str", "zip"),
}


def snippet(workload: Workload, facts: Facts, strategy: Strategy, chunksize: int) -> str:
    """Write the code that runs a workload by a strategy, to be pasted into a file or a notebook.

    It is to be started in the workload's folder, and leaves what the function returned in ``results``. A function that
    travels by value is taken to be there already, and so are its items, as ``items``.

    Args:
        workload: What to run.
        facts: What loading it told.
        strategy: How to run it.
        chunksize: How many items are handed over at once.
    """
    standard = _standard_imports(workload, facts, strategy)
    taken = {line.split()[-1].partition(".")[0] for line in standard} | _OWN_NAMES
    if (workload.items or "").rpartition(":")[2] == "items":
        taken.remove("items")
    source = Source(workload, facts, aliases(facts.imports, taken))
    job = _calls(source, strategy) if source.is_calls else _loop(source, strategy, chunksize)
    if strategy.pool == "processes":
        job = ['if __name__ == "__main__":\n' + indent("\n\n".join(job), "    ")]
    head = [_notes(source, strategy), standard, _native_limits(strategy), list(source.imports())]
    return "\n\n".join([*("\n".join(lines) for lines in head if lines), *job]) + "\n"


def _standard_imports(workload: Workload, facts: Facts, strategy: Strategy) -> list[str]:
    kind = (workload.items or "").partition(":")[0]
    elsewhere = any(found.file or found.folder != workload.folder for found in facts.imports)
    needed = {
        "import glob": kind == "glob",
        "import importlib": not all(is_importable(found.module) for found in facts.imports),
        "import importlib.util": any(found.file for found in facts.imports),
        "import json": kind == "jsonl",
        "import multiprocessing": strategy.start_method is not None,
        "import os": bool(strategy.environment),
        "import sys": elsewhere or kind == "-",
        f"from concurrent.futures import {_EXECUTORS.get(strategy.pool)}": strategy.pool in _EXECUTORS,
        "from pathlib import Path": kind in {"glob", "jsonl", "lines"},
    }
    return [line for line, is_needed in needed.items() if is_needed]


def _native_limits(strategy: Strategy) -> list[str]:
    limits = [f"os.environ[{quoted(name)}] = {quoted(value)}" for name, value in strategy.environment.items()]
    return ["# before NumPy, or whatever else has threads of its own, is imported", *limits] if limits else []


def _notes(source: Source, strategy: Strategy) -> list[str]:
    """Say what the code cannot: what has to be filled in, and what has to hold."""
    notes = [f"# measured with {strategy.python}"] if strategy.python else []
    if source.workload.targets:
        return notes
    function, name = source.function(), " ".join(source.workload.name.split())[:_NAME_WIDTH]
    stands = "" if function == name else f" (function: {name})"
    notes.append(f"# {function} and items are what was compared{stands}")
    if strategy.pool == "processes" and (source.facts.by_value or strategy.start_method != "fork"):
        notes.append("# workers import the function: define it with def in a file, not in a notebook")
    return notes


def _calls(source: Source, strategy: Strategy) -> list[str]:
    """Run calls that were written out, each handed over by itself."""
    if strategy.pool == "serial":
        return [fitted("results = [", [f"{function}({arguments})" for function, arguments in source.calls()], "]")]
    handed = [
        f"pool.submit({', '.join(filter(None, [function, parenthesized(arguments)]))})"
        for function, arguments in source.calls()
    ]
    results = "results = [future.result() for future in futures]"
    return [_in_pool(strategy, fitted("futures = [", handed, "]"), results)]


def _loop(source: Source, strategy: Strategy, chunksize: int) -> list[str]:
    """Run a function on items."""
    in_slices = strategy.pool == "threads" and chunksize > 1
    before, items = source.items(as_list=in_slices)
    function = source.function()
    call = f"{function}(*item)" if source.facts.unpacked else f"{function}(item)"
    if strategy.pool == "serial":
        return ["\n".join([*before, f"results = [{call} for item in {items}]"])]
    if in_slices:  # map() of threads takes no chunk size
        run_slice = f"def run_slice(start):\n    return [{call} for item in items[start : start + {chunksize}]]"
        slices = f"slices = pool.map(run_slice, range(0, len(items), {chunksize}))"
        results = "results = [result for part in slices for result in part]"
        return ["\n".join(before), f"\n{run_slice}\n", _in_pool(strategy, slices, results)]
    arguments = f"*zip(*{items}, strict=True)" if source.facts.unpacked else items
    settings = [f"chunksize={chunksize}"] if chunksize > 1 else []
    results = fitted("results = list(pool.map(", [function, arguments, *settings], "))")
    return ["\n".join([*before, _in_pool(strategy, results)])]


def _in_pool(strategy: Strategy, *statements: str) -> str:
    context, settings = [], [str(strategy.workers)]
    if strategy.start_method is not None:
        context = [f"context = multiprocessing.get_context({quoted(strategy.start_method)})"]
        settings.append("mp_context=context")
    opened = f"with {_EXECUTORS[strategy.pool]}({', '.join(settings)}) as pool:"
    return "\n".join([*context, opened, indent("\n".join(statements), "    ")])
