"""A crew of tasks of one event loop, for functions that are ``async def``."""

from __future__ import annotations

import asyncio
import math
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import perf_counter, thread_time
from typing import TYPE_CHECKING

from whichpool.errors import CrewBroken
from whichpool.running import place
from whichpool.running.crew import Answer, Batch, Task, answer_of
from whichpool.running.forks import keep_from_forks

if TYPE_CHECKING:
    from collections.abc import Coroutine

_AHEAD_PER_WORKER = 1


class TaskCrew:
    """Items are awaited side by side in an event loop that runs in a thread of its own; see :class:`Crew`.

    All items are awaited in that one loop, so what belongs to a loop, such as a session of a client, can be shared by
    them. A worker is a task that awaits the items of its batches one after the other.
    """

    pool = "asyncio"

    def __init__(self, task: Task, workers: int) -> None:
        """Prepare a crew of a number of items in flight."""
        self.workers = workers
        self._task = task
        self._answers: SimpleQueue[Answer | BaseException] = SimpleQueue()
        self._returned: list[Batch] = []
        self._unanswered = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batches: asyncio.Queue[Batch] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = threading.Event()
        self._cpu_s = 0.0
        self._thread = threading.Thread(target=self._run, name="whichpool", daemon=True)

    def open(self) -> None:
        """Start the event loop.

        Raises:
            CrewBroken: The system has no more descriptors, or no more threads.
        """
        keep_from_forks(self)
        try:
            loop = asyncio.new_event_loop()
        except OSError as error:
            message = f"an event loop could not be made: {error.strerror}"
            raise CrewBroken(message) from None
        self._loop, self._batches = loop, asyncio.Queue()
        try:
            self._thread.start()
        except RuntimeError as error:
            self._loop = None
            loop.close()
            message = f"a thread could not be started: {error}"
            raise CrewBroken(message) from None

    def is_ready(self) -> bool:
        """A loop takes batches from the moment on that it was made."""
        return self._loop is not None

    def room(self) -> int:
        """Tell how many batches it should be given now."""
        return self.workers * (1 + _AHEAD_PER_WORKER) - self._unanswered

    def give(self, batch: Batch) -> None:
        """Hand a batch over."""
        if self._loop is None or self._batches is None:
            message = "the event loop was closed"
            raise CrewBroken(message)
        self._unanswered += 1
        with suppress(RuntimeError):  # it is closed: the initializer has failed, which taking answers will tell
            self._loop.call_soon_threadsafe(self._batches.put_nowait, batch)

    def grow(self, workers: int) -> None:
        """Come to have more items in flight."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._employ, workers - self.workers)
            self.workers = workers

    def run_out(self) -> None:
        """Wait for the end: all of it ends quickly, and at once."""

    def take(self, wait_s: float | None) -> list[Answer]:
        """Wait until batches have been answered, or the time is over."""
        answers: list[Answer] = []
        with suppress(Empty):
            answers.append(answer_of(self._answers.get(timeout=wait_s)))
            while True:
                answers.append(answer_of(self._answers.get_nowait()))
        self._unanswered -= len(answers)
        return answers

    def close(self) -> None:
        """Cancel what is still awaited, and wait until the loop has ended."""
        loop, self._loop = self._loop, None
        if loop is not None:
            self._closing.set()
            with suppress(RuntimeError):  # it is closed already, where the initializer has failed
                loop.call_soon_threadsafe(loop.stop)
            self._thread.join()

    def take_back(self) -> list[Batch]:
        """Give what is left of batches that have taken too long."""
        returned: list[Batch] = []
        while self._returned:  # by two threads: one appends, one takes out
            returned.append(self._returned.pop())
        return returned

    def _run(self) -> None:
        loop = self._loop
        if loop is None:
            return
        place.enter_thread()
        asyncio.set_event_loop(loop)
        try:
            if self._task.initializer is not None:
                self._task.initializer()
            loop.call_soon(self._employ, self.workers)  # not before: nothing is to be awaited where that fails
            loop.run_forever()
        except BaseException as error:  # a user's function may raise anything
            self._answers.put(error)
        finally:
            self._closing.set()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            loop.close()

    def _employ(self, amount: int) -> None:
        loop = asyncio.get_running_loop()
        self._tasks += [loop.create_task(self._work()) for _ in range(amount)]  # a loop does not keep its tasks alive

    async def _work(self) -> None:
        batches = self._batches
        longest_s = math.inf if self._task.longest_batch_s is None else self._task.longest_batch_s
        while batches is not None and not self._closing.is_set():
            batch = await batches.get()
            begun_s = perf_counter()
            values: list[object] = []
            failures: dict[int, BaseException] = {}
            for at, item in enumerate(batch.items):
                if at and perf_counter() - begun_s > longest_s:  # what is left may be awaited meanwhile
                    self._returned.append(batch.part(at))
                    break
                if self._closing.is_set():  # its function has swallowed that it was cancelled
                    return
                try:
                    values.append(await self._timed(self._task.function(*item if self._task.unpacked else (item,))))
                except BaseException as error:  # a user's function may raise anything
                    if self._closing.is_set():
                        return
                    failures[len(values)] = error
                    values.append(None)
            ended_s, cpu_s = perf_counter(), thread_time()
            used_s, self._cpu_s = cpu_s - self._cpu_s, cpu_s  # the loop's thread runs all tasks: theirs in turns
            self._answers.put(Answer(batch.first, values, failures, busy_s=ended_s - begun_s, cpu_s=used_s))

    async def _timed(self, awaited: Coroutine[object, object, object]) -> object:
        limit_s = self._task.timeout_s
        try:
            async with asyncio.timeout(limit_s) as scope:
                return await awaited
        except TimeoutError:
            if not scope.expired():  # it is the function's own
                raise
            message = f"the item took longer than {limit_s:g} s"
            raise TimeoutError(message) from None
