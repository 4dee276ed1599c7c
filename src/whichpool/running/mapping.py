"""``whichpool.map``: the library's face for a whole job."""

from _thread import allocate_lock
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import Any, Literal, NoReturn, Self

from whichpool.errors import WrongCall
from whichpool.running.account import JobReport
from whichpool.running.crew import Answer
from whichpool.running.delivery import results
from whichpool.running.job import Job
from whichpool.running.options import POOLS, Options
from whichpool.running.source import Source


class _Lists:
    """The results of a job, list by list, for one thread at a time.

    Where two ask at once both are refused: a chain loses results when two threads have it go on to the next list.
    """

    def __init__(self, lists: Generator[list[Any]]) -> None:
        self._lists = lists
        self._turn = allocate_lock()
        self._is_misused = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[Any]:
        if not self._turn.acquire(blocking=False):
            self._is_misused = True
            self._refuse()
        try:
            results = next(self._lists)
        finally:
            self._turn.release()
        if self._is_misused:
            self._lists.close()
            self._refuse()
        return results

    def close(self) -> None:
        self._lists.close()

    @staticmethod
    def _refuse() -> NoReturn:
        message = (
            "another call of next() still waits for results: take them in one thread, with one call at a time, "
            "and never from within the job's own function or its items"
        )
        raise ValueError(message)


class Results(chain[Any]):
    """The results of a job, one by one; going through them runs the job.

    It is a chain of lists, because nothing that Python code could do for each result is as quick.
    """

    _job: Job
    _lists: _Lists

    @property
    def report(self) -> JobReport:
        """What the job has done so far: pools, reasons, times; ``print`` shows it."""
        return self._job.report

    def close(self) -> None:
        """End the job and all its workers; results that were not taken are lost."""
        self._lists.close()


def map(  # noqa: A001, PLR0913 - it is what map does, with a setting each
    function: Callable[..., Any],
    *iterables: Iterable[Any],
    pools: Iterable[str] | None = None,
    workers: int | None = None,
    chunksize: int | None = None,
    ordered: bool = True,
    timeout: float | None = None,
    retries: int = 0,
    errors: Literal["raise", "return"] = "raise",
    progress: bool = False,
    memory_limit: int | None = None,
    initializer: Callable[[], object] | None = None,
) -> Results:
    """Run ``function`` over items as the built-in ``map`` does, in the pool that turns out to be the fastest.

    It begins with a plain loop in the caller, and what that computes are results already. When the rest of the job is
    worth more than starting workers, the job moves to threads or to processes, and it keeps watching there. No item is
    run twice, unless ``retries`` asks for that, and none is run to be measured. Nothing runs before the first result
    is asked for, and items are drawn no further ahead than keeps the workers busy.

    Args:
        function: What is called with an item of each iterable.
        iterables: Where the items come from, which need not have an end; the shortest ends the job.
        pools: The pools that may be used, of ``serial``, ``threads`` and ``processes``, and ``asyncio``, which is for
            ``async def`` alone; None for all. Without ``serial`` no item runs in the caller.
        workers: How many workers there are; None to find out.
        chunksize: How many items are handed over together; None to find out.
        ordered: Whether results come in the order of the items; else as they end.
        timeout: How long one item may take, in seconds. The worker of a stuck item is killed, and the item gets a
            ``TimeoutError``; everything else goes on. All items then run in processes; where these are not allowed, in
            threads, of which one that is stuck is given up and not ended. What is awaited is cancelled.
        retries: How many more times an item is tried that fails.
        errors: Whether what an item raises is raised in its result's place, which ends the job, or the exception is
            returned there. A worker that dies gives :class:`whichpool.WorkerDied`.
        progress: Whether a bar is shown on standard error.
        memory_limit: How many bytes a worker process may come to use besides what it has as it begins; beyond that,
            its item gets a ``MemoryError``.
            All items then run in processes.
        initializer: Called once wherever items run, before the first: in the caller and in each worker.

    Returns:
        An iterator of the results. Its ``report`` tells what the job did, and ``close()`` ends it early.

    Raises:
        WrongCall: The call cannot be carried out as it was made.
    """
    options = Options(
        pools=_named(pools),
        workers=workers,
        chunksize=chunksize,
        ordered=ordered,
        timeout=timeout,
        retries=retries,
        errors=errors,
        progress=progress,
        memory_limit=memory_limit,
        initializer=initializer,
    )
    job = _job(function, iterables, options)
    lists = _Lists(results(_shown(job, options), raises=errors == "raise"))
    mapped: Results = Results.from_iterable(lists)  # type: ignore[assignment]
    mapped._job, mapped._lists = job, lists  # noqa: SLF001 - a chain takes no arguments of ours
    return mapped


def _named(pools: Iterable[str] | None) -> tuple[str, ...]:
    if pools is None:
        return POOLS
    try:
        return (pools,) if isinstance(pools, str) else tuple(pools)
    except TypeError:
        message = f"pools must be the name of a pool, or several, not {pools!r}"
        raise WrongCall(message) from None


class Outcomes:
    """The outcomes of a job, as they arrive: one by one, or many together.

    Attributes:
        report: What the job has done so far.
    """

    def __init__(self, job: Job, options: Options) -> None:
        """Prepare to run the job."""
        self.report = job.report
        self._job = job
        self._answers = _shown(job, options)

    def __iter__(self) -> Iterator[list[tuple[int, Any, BaseException | None]]]:
        """Give the index of each item with its result, or None and its failure."""
        for answer in self._answers:
            yield [(answer.first + at, value, answer.failures.get(at)) for at, value in enumerate(answer.values)]

    def when_silent(self, call: Callable[[], object]) -> None:
        """Have something called now and then while workers have nothing to tell."""
        self._job.when_silent = call

    def close(self) -> None:
        """End the job and all its workers."""
        self._answers.close()


def run_job(
    function: Callable[..., Any], items: Iterable[Any], options: Options, *, unpacked: bool = False
) -> Outcomes:
    """Run a job whose outcomes are wanted with the index of their item, in the order in which they end.

    Args:
        function: What is called with every item.
        items: The items.
        options: How the job is run; its order, and what it does with errors, are not looked at.
        unpacked: Whether an item is a tuple of arguments.

    Raises:
        WrongCall: The call cannot be carried out as it was made.
    """
    options = replace(options, ordered=False)
    return Outcomes(_job(function, (items,), options, unpacked=unpacked), options)


def _job(
    function: Callable[..., Any], iterables: tuple[Iterable[Any], ...], options: Options, *, unpacked: bool = False
) -> Job:
    if not callable(function):  # for those who do not check types
        message = f"{function!r} is no function: it cannot be called"  # type: ignore[unreachable]
        raise WrongCall(message)
    if not iterables:
        message = "map needs at least one iterable of items"
        raise WrongCall(message)
    try:
        source = Source(iterables, unpacked=unpacked)
    except TypeError as error:
        raise WrongCall(str(error)) from None
    return Job(function, source, options)


def _shown(job: Job, options: Options) -> Generator[Answer]:
    return _with_bar(job) if options.progress else job.answers()


def _with_bar(job: Job) -> Generator[Answer]:
    from whichpool.report.bar import Bar  # noqa: PLC0415 - rich is slow to import

    report = job.report
    with Bar(job.total) as bar, closing(job.answers()) as answers:

        def show() -> None:
            bar.show(report.items, report.failures, report.pool)

        job.when_silent = show
        for answer in answers:
            show()
            yield answer
