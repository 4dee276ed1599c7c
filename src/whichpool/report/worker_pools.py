"""The code of a job in a pool that is handed functions: executors, Dask and Ray."""

from collections.abc import Sequence
from textwrap import indent
from typing import Protocol

from whichpool.pools import catalogue
from whichpool.pools.catalogue import Workers
from whichpool.report.source import Source
from whichpool.report.writing import Job, fitted, parenthesized, parts_of, quoted
from whichpool.values import Strategy

EXECUTORS = {
    "threads": ("concurrent.futures", "ThreadPoolExecutor"),
    "processes": ("concurrent.futures", "ProcessPoolExecutor"),
    "interpreters": ("concurrent.futures", "InterpreterPoolExecutor"),
    "loky": ("loky", "ProcessPoolExecutor"),
}
"""Pools that are opened by ``with`` and have ``map`` and ``submit``: the module and the class."""

_RUN_CALL = "def run_call(function, /, *arguments, **keywords):\n    return {}"
_RUN_ASYNC_SLICE = """\
def run_slice(part):
    async def run_each():
        return [await {} for item in part]

    return asyncio.run(run_each())"""


class _Engine(Protocol):
    """A pool, in code."""

    def mapped(self, name: str, function: str, items: str, settings: Sequence[str]) -> list[str]:
        """Name the list of what a function returns for each item."""
        ...

    def called(self, calls: Sequence[tuple[str, str]]) -> list[str]:
        """Name the results of calls, each a function and its arguments."""
        ...

    def opened(self, statements: Sequence[str]) -> list[str]:
        """Open the pool around statements."""
        ...


def in_worker_pool(source: Source, strategy: Strategy, chunksize: int) -> Job:
    """Write what runs a workload in a pool of workers.

    Args:
        source: The workload.
        strategy: How to run it.
        chunksize: How many items are handed over at once.
    """
    engine = _engine(source, strategy)
    if source.is_calls:
        definitions, calls = _calls(source, strategy)
        return Job(definitions, engine.opened(engine.called(calls)))
    # map() of processes takes a chunk size; but then a coroutine would need an event loop an item
    of_processes = catalogue.find(strategy.pool).workers is Workers.PROCESSES
    in_slices = chunksize > 1 and (source.facts.is_async or not of_processes)
    before, items = source.items(as_list=in_slices or strategy.pool == "dask")  # which maps over no iterator
    call = source.call()
    if in_slices:
        one = f"def run_slice(part):\n    return [{call} for item in part]"
        definition = _RUN_ASYNC_SLICE.format(call) if source.facts.is_async else one
        statements = [
            *engine.mapped("slices", "run_slice", "parts", ()),
            "results = [result for part in slices for result in part]",
        ]
        return Job([_decorated(definition, strategy)], [*before, parts_of(chunksize), *engine.opened(statements)])
    settings = [f"chunksize={chunksize}"] if chunksize > 1 else []
    if _is_wrapped(source, strategy):
        definition = f"def run_one(item):\n    return {_run(call, source)}"
        statements = engine.mapped("results", "run_one", items, settings)
        return Job([_decorated(definition, strategy)], [*before, *engine.opened(statements)])
    arguments = f"*zip(*{items}, strict=True)" if source.facts.unpacked else items
    return Job([], [*before, *engine.opened(engine.mapped("results", source.function(), arguments, settings))])


def _calls(source: Source, strategy: Strategy) -> tuple[list[str], list[tuple[str, str]]]:
    if not _is_wrapped(source, strategy):
        return [], [(function, parenthesized(arguments)) for function, arguments in source.calls()]
    definition = _RUN_CALL.format(_run("function(*arguments, **keywords)", source))
    calls = [
        ("run_call", ", ".join(filter(None, [function, parenthesized(arguments)])))
        for function, arguments in source.calls()
    ]
    return [_decorated(definition, strategy)], calls


def _is_wrapped(source: Source, strategy: Strategy) -> bool:
    """Tell whether the workers are handed a function of the snippet's own.

    To find it, an interpreter runs the snippet's file, and so finds what that takes from other folders; and some
    functions it would be sent as bare code that misses its globals (:mod:`whichpool.pools.interpreters`). Ray takes no
    function that is not written in Python, and takes a class for an actor.
    """
    return source.facts.is_async or strategy.pool in {"interpreters", "ray"}


def _run(call: str, source: Source) -> str:
    return f"asyncio.run({call})" if source.facts.is_async else call


def _decorated(definition: str, strategy: Strategy) -> str:
    return f"@ray.remote\n{definition}" if strategy.pool == "ray" else definition


def _engine(source: Source, strategy: Strategy) -> _Engine:
    if strategy.pool == "dask":
        return _Dask(strategy)
    return _Ray(strategy, source) if strategy.pool == "ray" else _Executor(strategy)


class _Executor:
    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy

    def mapped(self, name: str, function: str, items: str, settings: Sequence[str]) -> list[str]:
        return [fitted(f"{name} = list(pool.map(", [function, items, *settings], "))")]

    def called(self, calls: Sequence[tuple[str, str]]) -> list[str]:
        handed = [f"pool.submit({', '.join(filter(None, call))})" for call in calls]
        return [fitted("futures = [", handed, "]"), "results = [future.result() for future in futures]"]

    def opened(self, statements: Sequence[str]) -> list[str]:
        context, settings = [], [str(self._strategy.workers)]
        if self._strategy.start_method is not None:
            context = [f"context = multiprocessing.get_context({quoted(self._strategy.start_method)})"]
            settings.append("mp_context=context")
        _, executor = EXECUTORS[self._strategy.pool]
        return [*context, *_within(f"with {executor}({', '.join(settings)}) as pool:", statements)]


class _Dask:
    def __init__(self, strategy: Strategy) -> None:
        own = f"n_workers={strategy.workers}, threads_per_worker=1"
        self._cluster = quoted(strategy.address) if strategy.address else own

    def mapped(self, name: str, function: str, items: str, _settings: Sequence[str]) -> list[str]:
        # pure: else equal items are taken for the same work, and run once
        futures = fitted("futures = client.map(", [function, items, "pure=False"], ")")
        return [futures, f"{name} = client.gather(futures)"]

    def called(self, calls: Sequence[tuple[str, str]]) -> list[str]:
        handed = [f"client.submit({', '.join(filter(None, [*call, 'pure=False']))})" for call in calls]
        return [fitted("futures = [", handed, "]"), "results = client.gather(futures)"]

    def opened(self, statements: Sequence[str]) -> list[str]:
        return _within(f"with Client({self._cluster}) as client:", statements)


class _Ray:
    def __init__(self, strategy: Strategy, source: Source) -> None:
        self._settings = [f"address={quoted(strategy.address)}" if strategy.address else f"num_cpus={strategy.workers}"]
        folders = source.other_folders()
        if folders:
            path = ", ".join(f"os.path.abspath({folder})" for folder in folders)
            joined = f"os.pathsep.join([{path}])" if len(folders) > 1 else path
            self._settings.append(f'runtime_env={{"env_vars": {{"PYTHONPATH": {joined}}}}}')

    def mapped(self, name: str, function: str, items: str, _settings: Sequence[str]) -> list[str]:
        return [f"{name} = ray.get([{function}.remote(item) for item in {items}])"]

    def called(self, calls: Sequence[tuple[str, str]]) -> list[str]:
        handed = [f"{function}.remote({arguments})" for function, arguments in calls]
        return [fitted("futures = [", handed, "]"), "results = ray.get(futures)"]

    def opened(self, statements: Sequence[str]) -> list[str]:
        return [fitted("ray.init(", self._settings, ")"), *statements, "ray.shutdown()"]


def _within(opening: str, statements: Sequence[str]) -> list[str]:
    return [opening, indent("\n".join(statements), "    ")]
