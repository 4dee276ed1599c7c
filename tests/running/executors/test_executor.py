"""The executor that begins in threads: what moves, what stays, and what becomes of calls when something fails."""

import asyncio
import gc
import hashlib
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from whichpool.errors import ItemFailed, Unsendable, WrongCall
from whichpool.machine.cores import Cores
from whichpool.running import place
from whichpool.running.executors.executor import Executor
from whichpool.running.executors.gil_watch import Call, GilWatch

SOURCES = Path(__file__).parents[3] / "src"

WORK = """
import functools, os, signal, subprocess, sys, threading, time

NULL = subprocess.DEVNULL

class TwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(one)

def where(*_, **__):
    return os.getpid()

def rest(*_):
    time.sleep(0.05)
    return os.getpid()

def fail(home, *locks):
    if os.getpid() != home:
        raise ValueError(threading.Lock()) if locks else TwoArguments(1, 2)

def result(home):
    return 1 if os.getpid() == home else (lambda: 1)

def hit(pid_or_none):
    if pid_or_none is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()

def decorator(function):
    @functools.wraps(function)
    def call(*args):
        return function(*args)
    return call

@decorator
def decorated():
    return os.getpid()

COUNT = 0

@decorator
def counting():
    global COUNT
    COUNT += 1
    return COUNT

def fill(numbers, number):
    numbers[number] = number

def tell(callback, number):
    getattr(callback, "__call__")(number)

SEEN = []

def see(number):
    SEEN.append(number)

def may_fill(number, numbers=None):
    if numbers is not None:
        numbers[number] = number

class Told(Exception):
    def __reduce__(self):
        return Told, (), {"words": "some"}

    def __setstate__(self, state):
        self.words = state["words"] + " more"

def raise_told(home, *_):
    if os.getpid() != home:
        raise Told

class Job:
    def __init__(self):
        self.taken = []

    def __call__(self, number):
        getattr(self.taken, "append")(number)

class Proxy:
    def __init__(self, name):
        self.name = name

    def __getattr__(self, name):
        return Proxy(name)

    def __call__(self, number):
        return self.name, number

class Untold:
    def __reduce__(self):
        raise Untellable

class Untellable(Exception):
    def __str__(self):
        raise RuntimeError("no words")

def forks(number, ending, home):
    if os.getpid() == home:
        return number
    pid = os.fork()
    if not pid:
        if ending == "exits":
            sys.exit()
        if ending == "raises":
            raise LookupError
        return "a copy"
    os.waitpid(pid, 0)
    return number

def leaves_a_program(home):
    if os.getpid() != home:
        subprocess.Popen(["sleep", "3"], stdin=NULL, stdout=NULL, stderr=NULL, close_fds=False)
        os.kill(os.getpid(), signal.SIGKILL)

def begins_once(home, taken):
    if os.getpid() != home:
        taken.touch(exist_ok=False)

def close_all(home):
    if os.getpid() != home:
        os.closerange(3, 1000)
        time.sleep(60)

def dies_as_it_begins(home):
    if os.getpid() != home:
        os._exit(1)
"""


class Always(GilWatch):
    """Moves a function after its first call."""

    def add(self, call: Call) -> bool:
        self.seen = "it was called"
        self.call_s = call.cpu_s
        return True


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Make a module that worker processes can import."""
    (tmp_path / "executor_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("executor_work")
    del sys.modules["executor_work"]


@pytest.fixture
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whichpool.running.executors.executor.GilWatch", Always)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()


def why(executor: Executor) -> str:
    return executor.report.functions[0].why


def test_a_function_begins_in_threads(work: ModuleType) -> None:
    with Executor(2) as executor:
        assert set(executor.map(work.where, range(20))) == {os.getpid()}
        assert str(executor.report) == "where: 20 calls in threads"


@pytest.mark.usefixtures("_always")
def test_calls_that_wait_already_move_with_their_function(work: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "whichpool")
    with Executor(1) as executor:
        first, *others = executor.map(work.where, range(20))

    assert first == os.getpid()
    assert os.getpid() not in others
    assert (
        str(executor.report) == "where: 1 call in threads and 19 calls in processes; moves to processes: it was called"
    )
    assert (executor.report.in_threads, executor.report.in_processes) == (1, 19)
    assert caplog.messages == ["where moves to processes: it was called"]


@pytest.mark.usefixtures("_always")
def test_keyword_arguments_travel_too(work: ModuleType) -> None:
    with Executor(1) as executor:
        executor.submit(work.where).result()
        assert executor.submit(work.where, 1, self=2, fn=3).result() != os.getpid()


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize(
    ("function", "argument", "reason"),
    [
        (lambda number: number, 1, "the call cannot be pickled"),
        (threading.Event.is_set, threading.Event(), "the call cannot be pickled"),
        (iter, [1], "moves to processes"),
        (dict.keys, {}, "its result cannot be pickled"),
    ],
)
def test_what_cannot_be_pickled_stays_in_threads(function: Callable[[Any], Any], argument: object, reason: str) -> None:
    with Executor(1) as executor:
        for _ in range(3):
            executor.submit(function, argument).result()

    assert reason in why(executor)
    assert bool(executor.report.in_processes) is ("moves" in reason)


@pytest.mark.usefixtures("_always")
def test_a_function_that_changes_its_arguments_stays_in_threads(work: ModuleType) -> None:
    squares: dict[int, int] = {}
    with Executor(1) as executor:
        for number in range(5):
            executor.submit(work.fill, squares, number).result()

    assert squares == {number: number for number in range(5)}
    assert why(executor) == "stays in threads: it changes its arguments, which the caller would not see"


@pytest.mark.usefixtures("_always")
def test_so_does_one_whose_arguments_are_bound_already(work: ModuleType) -> None:
    squares: dict[int, int] = {}
    row: list[int] = []
    with Executor(1) as executor:
        for number in range(5):
            executor.submit(partial(work.fill, squares), number).result()
            executor.submit(row.append, number).result()

    assert squares == {number: number for number in range(5)}
    assert row == list(range(5))


@pytest.mark.usefixtures("_always")
def test_so_does_one_that_is_given_a_callback_which_changes_something(work: ModuleType) -> None:
    row: list[int] = []
    with Executor(1) as executor:
        for number in range(5):
            executor.submit(work.tell, row.append, number).result()
    with Executor(1) as executor:
        for number in range(5):
            executor.submit(work.tell, work.see, number).result()

    assert row == list(range(5)) == work.SEEN


@pytest.mark.usefixtures("_always")
def test_so_does_one_that_has_moved_when_it_is_given_something_to_change(work: ModuleType) -> None:
    squares: dict[int, int] = {}
    with Executor(1) as executor:
        for number in range(4):
            executor.submit(work.may_fill, number).result()
        assert executor.report.in_processes
        for number in range(4):
            executor.submit(work.may_fill, number, squares).result()

    assert squares == {number: number for number in range(4)}


@pytest.mark.usefixtures("_always")
def test_an_exception_comes_back_as_it_says_itself(work: ModuleType) -> None:
    with Executor(1) as executor:
        for _ in range(3):
            error = executor.submit(work.raise_told, os.getpid()).exception()
    assert getattr(error, "words", None) == "some more"


@pytest.mark.usefixtures("_always")
def test_an_exception_that_is_let_go_keeps_no_arguments(work: ModuleType) -> None:
    before = sys.getallocatedblocks()
    with Executor(1) as executor:
        for _ in range(2):
            executor.submit(work.raise_told, os.getpid(), ()).result()
        gc.disable()
        try:
            for _ in range(20):
                argument = tuple(range(10_000, 20_000))
                assert isinstance(executor.submit(work.raise_told, os.getpid(), argument).exception(), work.Told)
            kept = sys.getallocatedblocks() - before
        finally:
            gc.enable()
    assert kept < 60_000  # of 200,000


@pytest.mark.usefixtures("_always")
def test_so_does_an_object_that_changes_when_it_is_called(work: ModuleType) -> None:
    job = work.Job()
    with Executor(1) as executor:
        for number in range(6):
            executor.submit(job if number % 2 else partial(job, number), *[number] * (number % 2)).result()

    assert job.taken == list(range(6))


def test_a_proxy_that_has_an_answer_to_any_name_can_be_called(work: ModuleType) -> None:
    with Executor(1) as executor:
        assert [executor.submit(work.Proxy("a"), number).result() for number in range(2)] == [("a", 0), ("a", 1)]
        assert len(executor.report.functions) == 1


@pytest.mark.usefixtures("_always")
def test_one_that_leaves_them_as_they_are_moves_after_one_more_call(work: ModuleType) -> None:
    with Executor(1) as executor:
        pids = [executor.submit(work.where, [1], key={"a": 1}).result() for _ in range(4)]

    assert [pid == os.getpid() for pid in pids] == [True, True, False, False]


@pytest.mark.usefixtures("_always")
def test_functions_of_one_decorator_are_told_apart(work: ModuleType) -> None:
    with Executor(1) as executor:
        for function in (work.decorated, work.counting):
            for _ in range(3):
                executor.submit(function).result()

    assert [report.in_processes for report in executor.report.functions] == [2, 0]
    assert work.COUNT == 3


@pytest.mark.usefixtures("_always")
def test_whatever_goes_wrong_in_deciding_takes_nothing_from_the_call_that_was_made(work: ModuleType) -> None:
    with Executor(1) as executor:
        assert executor.submit(work.where, work.Untold()).result() == os.getpid()

    assert why(executor) == "stays in threads: whether it may move could not be found out: RuntimeError"


@pytest.mark.usefixtures("_always")
def test_a_function_that_workers_cannot_import_goes_back_to_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("made_up_for_this_process")
    exec(WORK, vars(module))  # noqa: S102 - no file holds it
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Executor(1) as executor:
        assert [executor.submit(module.where).result() for _ in range(3)] == [os.getpid()] * 3

    assert "a worker process cannot unpickle the call" in why(executor)


@pytest.mark.usefixtures("_always")
def test_a_call_whose_arguments_cannot_be_pickled_runs_in_its_thread(work: ModuleType) -> None:
    with Executor(1) as executor:
        pids = [executor.submit(work.where, argument).result() for argument in (1, threading.Lock(), 3)]

    assert [pid == os.getpid() for pid in pids] == [True, True, False]


@pytest.mark.usefixtures("_always")
def test_a_result_that_cannot_be_sent_costs_one_call_and_the_function_goes_back(work: ModuleType) -> None:
    with Executor(1) as executor:
        assert executor.submit(work.result, os.getpid()).result() == 1
        with pytest.raises(Unsendable, match="cannot be sent back"):
            executor.submit(work.result, os.getpid()).result()
        assert executor.submit(work.result, os.getpid()).result() == 1

    assert "moves to threads: the result, a function, cannot be sent back" in why(executor)


@pytest.mark.usefixtures("_always")
def test_an_exception_whose_constructor_takes_other_arguments_comes_back_as_it_is(work: ModuleType) -> None:
    with Executor(1) as executor:
        executor.submit(work.fail, os.getpid()).result()
        with pytest.raises(work.TwoArguments) as raised:
            executor.submit(work.fail, os.getpid()).result()
    assert raised.value.args == (1,)


@pytest.mark.usefixtures("_always")
def test_an_exception_that_cannot_travel_does_not_break_the_pool(work: ModuleType) -> None:
    with Executor(1) as executor:
        executor.submit(work.fail, os.getpid()).result()
        with pytest.raises(ItemFailed, match=r"ValueError: .*lock"):
            executor.submit(work.fail, os.getpid(), 1).result()
        assert executor.submit(work.where).result() == os.getpid()
        assert executor.submit(work.where).result() != os.getpid()


@pytest.mark.usefixtures("_always")
def test_a_dead_worker_fails_its_call_and_later_ones_go_on_in_new_processes(work: ModuleType) -> None:
    with Executor(1) as executor:
        executor.submit(work.hit, 0).result()
        before = executor.submit(work.hit, 0).result()
        with pytest.raises(BrokenProcessPool):
            executor.submit(work.hit, None).result()
        after = executor.submit(work.hit, 0).result()

    assert len({os.getpid(), before, after}) == 3


@pytest.mark.usefixtures("_always")
def test_a_dead_worker_fails_no_call_but_its_own(work: ModuleType) -> None:
    with Executor(2) as executor:
        executor.submit(work.hit, 0).result()
        calls = [executor.submit(work.hit, None if place == 5 else 0) for place in range(20)]
        broken = [place for place, call in enumerate(calls) if call.exception()]

    assert broken == [5]
    assert "was killed by SIGKILL" in str(calls[5].exception())


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("ending", ["exits", "returns", "raises"])
def test_a_copy_of_a_worker_has_no_part_in_its_calls(work: ModuleType, ending: str) -> None:
    with Executor(1) as executor:
        assert [executor.submit(work.forks, number, ending, os.getpid()).result() for number in range(6)] == [*range(6)]
        assert executor.report.in_processes == 5


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_dead_worker_is_seen_to_be_dead_though_what_it_started_lives(work: ModuleType, method: str) -> None:
    with Executor(1, mp_context=multiprocessing.get_context(method)) as executor:
        assert executor.submit(work.leaves_a_program, os.getpid()).result() is None
        with pytest.raises(BrokenProcessPool, match="SIGKILL"):
            executor.submit(work.leaves_a_program, os.getpid()).result()


def test_a_pool_of_processes_goes_on_whichever_call_kills_a_worker(work: ModuleType) -> None:
    with Executor(1, pools="processes") as executor:
        for _ in range(2):
            with pytest.raises(BrokenProcessPool):
                executor.submit(work.hit, None).result()
        assert executor.submit(work.hit, 0).result() != os.getpid()


@pytest.mark.usefixtures("_always")
def test_a_worker_that_cannot_be_started_for_a_moment_is_started_later(
    work: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Executor(2) as executor:
        pids = [executor.submit(work.hit, 0).result() for _ in range(2)]
        with monkeypatch.context() as short:
            short.setattr("whichpool.running.executors.surroundings.taken", fail_for_want_of_descriptors)
            with pytest.raises(BrokenProcessPool):
                executor.submit(work.hit, None).result()
            pids += [executor.submit(work.hit, 0).result() for _ in range(2)]
        pids.append(executor.submit(work.hit, 0).result())

    assert [pid == os.getpid() for pid in pids] == [True, False, True, True, False]


def fail_for_want_of_descriptors() -> NoReturn:
    raise OSError(24, "Too many open files")


@pytest.mark.usefixtures("_always")
def test_failed_calls_keep_no_descriptors(work: ModuleType) -> None:
    with Executor(1) as executor:
        executor.submit(work.hit, 0).result()
        executor.submit(work.hit, 0).result()
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - their number is enough
        failed = [executor.submit(work.hit, None) for _ in range(5)]
        assert all(isinstance(call.exception(), BrokenProcessPool) for call in failed)
        executor.submit(work.hit, 0).result()
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above


@pytest.mark.usefixtures("_always")
def test_where_no_further_worker_can_be_started_those_there_are_do_it_all(work: ModuleType, tmp_path: Path) -> None:
    with Executor(3, initializer=work.begins_once, initargs=(os.getpid(), tmp_path / "taken")) as executor:
        executor.submit(work.where).result()
        executor.submit(work.where).result()
        pids = set(executor.map(work.rest, range(12)))

    assert len(pids - {os.getpid()}) == 1


@pytest.mark.usefixtures("_always")
def test_a_call_that_closes_what_is_not_its_own_fails_alone(work: ModuleType) -> None:
    with Executor(1) as executor:
        executor.submit(work.close_all, os.getpid()).result()
        with pytest.raises(BrokenProcessPool, match="closed its line"):
            executor.submit(work.close_all, os.getpid()).result()
        assert executor.submit(work.where).result() == os.getpid()
        assert executor.submit(work.where).result() != os.getpid()


@pytest.mark.usefixtures("_always")
def test_a_worker_that_dies_between_two_calls_is_replaced(work: ModuleType) -> None:
    with Executor(1) as executor:
        executor.submit(work.where).result()
        before = executor.submit(work.where).result()
        (worker,) = multiprocessing.active_children()
        worker.kill()
        worker.join()
        assert executor.submit(work.where).result() not in {before, os.getpid()}


@pytest.mark.usefixtures("_always")
def test_an_initializer_that_cannot_be_pickled_keeps_functions_in_threads(work: ModuleType) -> None:
    with Executor(1, initializer=lambda: None) as executor:
        assert [executor.submit(work.where).result() for _ in range(3)] == [os.getpid()] * 3

    assert "a worker process could not be started" in why(executor)


@pytest.mark.usefixtures("_always")
def test_an_executor_that_is_forgotten_ends_its_workers(work: ModuleType) -> None:
    executor = Executor(1)
    executor.submit(work.where).result()
    assert executor.submit(work.where).result() != os.getpid()
    thread = next(thread for thread in threading.enumerate() if thread.name.startswith("whichpool"))
    del executor
    thread.join()

    assert not multiprocessing.active_children()


@pytest.mark.usefixtures("_always")
def test_where_workers_die_as_they_begin_the_function_goes_back_to_threads(work: ModuleType) -> None:
    with Executor(1, initializer=work.dies_as_it_begins, initargs=(os.getpid(),)) as executor:
        assert [executor.submit(work.where).result() for _ in range(3)] == [os.getpid()] * 3

    assert why(executor) == "moves to threads: worker processes die as they begin: the last one ended with exit code 1"


def test_with_processes_alone_it_is_a_plain_process_pool_that_goes_on(work: ModuleType) -> None:
    with Executor(1, pools=["processes"]) as executor:
        before = executor.submit(work.hit, 0).result()
        with pytest.raises(BrokenProcessPool):
            executor.submit(work.hit, None).result()
        assert executor.submit(work.hit, 0).result() not in {before, os.getpid()}
        assert executor.report.in_processes == 3


@pytest.mark.usefixtures("_always")
def test_with_threads_alone_nothing_moves(work: ModuleType) -> None:
    with Executor(1, pools=["threads"]) as executor:
        assert set(executor.map(work.where, range(5))) == {os.getpid()}
        assert str(executor.report) == "where: 5 calls in threads"


@pytest.mark.usefixtures("_always")
def test_a_function_that_is_not_right_in_processes_stays_in_threads(
    work: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "whichpool.running.safety.why_not", lambda *_, **__: {"processes": "what it counts would be lost"}
    )
    with Executor(1) as executor:
        assert set(executor.map(work.where, range(5))) == {os.getpid()}

    assert why(executor) == "stays in threads: what it counts would be lost"


@pytest.mark.usefixtures("_always")
def test_without_a_gil_nothing_moves(work: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    with Executor(1) as executor:
        assert set(executor.map(work.where, range(5))) == {os.getpid()}


@pytest.mark.usefixtures("_always")
def test_within_a_worker_nothing_moves(work: ModuleType) -> None:
    def nested() -> set[int]:
        assert place.is_inside()
        with Executor(1) as inner:
            return set(inner.map(work.where, range(5)))

    with Executor(1) as executor:
        assert executor.submit(nested).result() == {os.getpid()}


def test_calls_that_release_the_gil_stay_in_threads() -> None:
    data = bytes(4 << 20)
    with Executor(4) as executor:
        wait([executor.submit(hashlib.sha256, data) for _ in range(80)])

    assert executor.report.in_processes == 0


def test_calls_that_wait_stay_in_threads() -> None:
    with Executor(16) as executor:
        wait([executor.submit(threading.Event().wait, 0.005) for _ in range(200)])

    assert executor.report.in_processes == 0


@pytest.mark.usefixtures("_always")
def test_after_a_shutdown_that_does_not_wait_every_call_still_ends(work: ModuleType) -> None:
    executor = Executor(1)
    futures = [executor.submit(work.where) for _ in range(10)]
    executor.shutdown(wait=False)

    assert len([future.result() for future in futures]) == 10
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(work.where)
    executor.shutdown()


@pytest.mark.usefixtures("_always")
def test_cancelled_calls_never_begin(work: ModuleType) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        let_go.wait()

    with Executor(1) as executor:
        first = executor.submit(hold)
        begun.wait()
        later = executor.submit(work.where)
        assert later.cancel()
        let_go.set()
        first.result()

    assert executor.report.in_threads == 1


@pytest.mark.usefixtures("_always")
def test_it_serves_asyncio(work: ModuleType) -> None:
    async def call(executor: Executor, times: int) -> list[int]:
        loop = asyncio.get_running_loop()
        pids: list[int] = await asyncio.gather(*(loop.run_in_executor(executor, work.where) for _ in range(times)))
        return pids

    with Executor(2) as executor:
        assert asyncio.run(call(executor, 1)) == [os.getpid()]
        assert os.getpid() not in asyncio.run(call(executor, 10))


@pytest.mark.skipif(find_spec("dask") is None, reason="dask is not installed")
@pytest.mark.usefixtures("_always")
def test_it_serves_dask_as_a_scheduler(work: ModuleType) -> None:
    dask: Any = import_module("dask")

    with Executor(2) as executor:
        first, second, third = (
            dask.compute(*(dask.delayed(work.where, pure=False)(n) for n in range(times)), scheduler=executor)
            for times in (1, 1, 10)
        )

    assert first == second == (os.getpid(),)  # the second shows that it leaves its arguments as they are
    assert len(third) == 10
    assert os.getpid() not in third


@pytest.mark.usefixtures("_always")
def test_calls_that_wait_in_processes_get_more_of_them(work: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whichpool.running.executors.executor.usable_cores", lambda: Cores(1, 1, None))
    with Executor(4) as executor:
        executor.submit(work.rest).result()
        pids = {executor.submit(work.rest).result()}
        assert os.getpid() not in pids
        pids |= set(executor.map(work.rest, range(12)))

    assert len(pids) > 1


IMPORTED = """
import os
from whichpool.running.executors.executor import Executor

def where():
    return os.getpid()

with Executor(1) as executor:
    PIDS = [executor.submit(where).result() for _ in range(3)]
"""


@pytest.mark.usefixtures("_always")
def test_nothing_moves_while_a_module_is_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "calls_when_imported.py").write_text(IMPORTED)
    monkeypatch.syspath_prepend(tmp_path)
    module = import_module("calls_when_imported")
    del sys.modules[module.__name__]

    assert [os.getpid()] * 3 == module.PIDS


def test_forking_beside_threads_is_refused() -> None:
    with pytest.raises(WrongCall, match="fork is not safe"):
        Executor(mp_context=multiprocessing.get_context("fork"))


def test_a_pool_that_there_is_not_is_refused() -> None:
    with pytest.raises(WrongCall, match="threads, processes or both"):
        Executor(pools=["serial"])
    with pytest.raises(WrongCall):
        Executor(pools=[])


def test_part_of_cpythons_own_suite_passes() -> None:
    script = Path(__file__).parents[2] / "cpython_executor.py"
    environ = {**os.environ, "PYTHONPATH": str(SOURCES)}
    run = subprocess.run(
        [sys.executable, str(script), "test_submit", "test_20369"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    if run.returncode == 2:
        pytest.skip(run.stdout)
    assert run.returncode == 0, run.stderr


@pytest.mark.usefixtures("_always")
def test_what_was_submitted_before_a_shutdown_that_does_not_wait_runs_where_it_should(work: ModuleType) -> None:
    executor = Executor(1)
    executor.submit(work.where).result()
    futures = [executor.submit(work.rest) for _ in range(5)]
    executor.shutdown(wait=False)
    pids = {future.result() for future in futures[1:]}
    executor.shutdown()
    assert os.getpid() not in pids
    assert executor.report.in_threads + executor.report.in_processes == 6
    assert "cannot schedule" not in why(executor)
