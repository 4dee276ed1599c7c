"""The code to paste: a workload run by a strategy, with what it needs and the user's own names."""

from dataclasses import replace
from textwrap import indent

from whichpool.pools import catalogue
from whichpool.report.event_loop import one_after_the_other, side_by_side
from whichpool.report.source import Source, aliases, lies_elsewhere
from whichpool.report.worker_pools import EXECUTORS, in_worker_pool
from whichpool.report.writing import Job, fitted, is_importable, quoted
from whichpool.values import THIS_PYTHON, Facts, Python, Strategy, Workload

_NAME_WIDTH = 60
_OWN_NAMES = {
    *("__file__", "__name__", "client", "context", "future", "futures", "item", "items", "line", "lines", "part"),
    *("parts", "pool", "result", "results", "run_call", "run_one", "run_slice", "slices", "spec", "start"),
    *("len", "list", "range", "sorted", "str", "zip"),
}
_NAMES_IN_A_LOOP = {"call", "limited", "main", "run_each", "semaphore"}


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
    imports = _imports(workload, facts, strategy)
    source = Source(workload, facts, aliases(facts.imports, _taken(workload, facts, imports)))
    job = _job(source, strategy, chunksize)
    definitions = [f"\n{definition}\n" for definition in job.definitions]
    statements = "\n".join(job.statements)
    if not catalogue.find(strategy.pool).shares_memory:  # workers may run the file once more
        statements = 'if __name__ == "__main__":\n' + indent(statements, "    ")
    head = [_notes(source, strategy), imports, _native_limits(strategy), list(source.imports())]
    return "\n\n".join([*("\n".join(lines) for lines in head if lines), *definitions, statements]) + "\n"


def _job(source: Source, strategy: Strategy, chunksize: int) -> Job:
    if not strategy.is_serial:
        if catalogue.find(strategy.pool).is_async_only:
            return side_by_side(source, strategy.workers, chunksize)
        return in_worker_pool(source, strategy, chunksize)
    if source.facts.is_async:
        return one_after_the_other(source)
    if source.is_calls:
        calls = [f"{function}({arguments})" for function, arguments in source.calls()]
        return Job([], [fitted("results = [", calls, "]")])
    before, items = source.items(as_list=False)
    return Job([], [*before, f"results = [{source.call()} for item in {items}]"])


def _imports(workload: Workload, facts: Facts, strategy: Strategy) -> list[str]:
    """Import what the snippet needs, the standard library first."""
    kind = (workload.items or "").partition(":")[0]
    other_folders = any(found.folder != workload.folder for found in facts.imports)
    module, executor = EXECUTORS.get(strategy.pool, ("", ""))
    is_standard = module == "concurrent.futures"
    standard = {
        "import asyncio": facts.is_async,
        "import glob": kind == "glob",
        "import importlib": not all(is_importable(found.module) for found in facts.imports),
        "import importlib.util": any(found.file for found in facts.imports),
        "import json": kind == "jsonl",
        "import multiprocessing": strategy.start_method is not None,
        "import os": strategy.native_threads is not None or (strategy.pool == "ray" and other_folders),
        "import sys": lies_elsewhere(workload, facts) or kind == "-",
        f"from {module} import {executor}": is_standard,
        "from pathlib import Path": kind in {"glob", "jsonl", "lines"},
    }
    others = {
        "import ray": strategy.pool == "ray",
        "from distributed import Client": strategy.pool == "dask",
        f"from {module} import {executor}": bool(module) and not is_standard,
    }
    blocks = [[line for line, is_needed in lines.items() if is_needed] for lines in (standard, others)]
    return [line for block in filter(None, blocks) for line in ("", *block)][1:]


def _taken(workload: Workload, facts: Facts, imports: list[str]) -> set[str]:
    """List the names that are the snippet's own."""
    taken = {line.split()[-1].partition(".")[0] for line in imports if line} | _OWN_NAMES
    if facts.is_async:
        taken |= _NAMES_IN_A_LOOP
    if (workload.items or "").rpartition(":")[2] == "items":
        taken.remove("items")
    return taken


def _native_limits(strategy: Strategy) -> list[str]:
    limits = replace(strategy, python=THIS_PYTHON).environment
    lines = [f"os.environ[{quoted(name)}] = {quoted(value)}" for name, value in limits.items()]
    return ["# before NumPy, or whatever else has threads of its own, is imported", *lines] if lines else []


def _notes(source: Source, strategy: Strategy) -> list[str]:
    """Say what the code cannot: what has to be filled in, and what has to hold."""
    row, notes = catalogue.find(strategy.pool), _measured_with(strategy.python)
    modules = [found.module for found in source.facts.imports]
    if strategy.address and modules:
        notes.append(f"# the cluster's workers must be able to import {', '.join(modules)}")
    elif row.takes_closures and not row.shares_memory:
        renamed = [found.module for found in source.facts.imports if found.file]
        notes += [f"# workers import {name} by that name: best rename the file first" for name in renamed]
    if source.workload.targets:
        return notes
    function, name = source.function(), " ".join(source.workload.name.split())[:_NAME_WIDTH]
    stands = "" if function == name else f" (function: {name})"
    notes.append(f"# {function} and items are what was compared{stands}")
    if source.facts.is_async and row.workers in {catalogue.Workers.CALLER, catalogue.Workers.TASKS}:
        notes.append("# in a notebook: results = await main()")
    by_name = not (row.shares_memory or row.takes_closures)
    if by_name and (source.facts.by_value or source.facts.is_async or strategy.start_method != "fork"):
        notes.append("# workers import the function: define it with def in a file, not in a notebook")
    return notes


def _measured_with(python: Python) -> list[str]:
    path = f" ({python.path})" if python.path else ""
    told = f"Python {python.name}{path}" if python.name else python.path
    gil = ", with PYTHON_GIL=1" if python.gil_on else ""
    return [f"# measured with {told}{gil}"] if told else []
