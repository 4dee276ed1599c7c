"""Whatever happens to one item, every other result is intact, and nothing is left behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

import whichpool
from whichpool.errors import CrewBroken, ItemFailed, Unsendable, WorkerDied

ITEMS = 40
BAD = 17
FOLDER = Path(__file__).parent


def square_or(number: int, *, misdeed: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the misdeed returns
    return misdeed() if number == BAD else number * number


def kill_oneself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def break_memory() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(7)


def exit_politely() -> None:
    sys.exit("enough")


def eat_memory() -> int:
    return len([bytes(50_000_000) for _ in range(100)])


def get_stuck() -> None:
    time.sleep(600)


def get_stuck_in_another_program() -> None:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)  # stuck"], check=True)


def make_a_lock() -> object:
    return threading.Lock()


class NeedsTwo(Exception):
    def __init__(self, code: int, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.what = what


def raise_for_two() -> None:
    raise NeedsTwo(5, "five")


class HoldsALock(Exception):
    pass


def raise_with_a_lock() -> None:
    raise HoldsALock(threading.Lock())


def outcomes(misdeed: Callable[[], Any], **options: Any) -> Any:  # noqa: ANN401 - options of map
    """Run a job in processes with one item that misbehaves; check all others and give what became of that one."""
    function = partial(square_or, misdeed=misdeed)
    given_back = list(whichpool.map(function, range(ITEMS), pools="processes", errors="return", **options))
    bad = given_back.pop(BAD)
    assert given_back == [number * number for number in range(ITEMS) if number != BAD]
    return bad


pytestmark = pytest.mark.usefixtures("started")


def children() -> set[str]:
    """List this process's own children, those that have ended and were not waited for included."""
    pids: set[str] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
            pids.update(file.read_text().split())
    return pids


@pytest.fixture(autouse=True)
def _nothing_is_left(started: str) -> Iterator[None]:  # noqa: ARG001 - what it starts is there before and after
    descriptors, before = set(os.listdir("/proc/self/fd")), children()  # noqa: PTH208
    yield
    assert children() == before
    assert set(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208


@pytest.mark.parametrize("chunksize", [1, 10, None])
@pytest.mark.parametrize(
    ("misdeed", "told"), [(kill_oneself, "SIGKILL"), (break_memory, "SIGSEGV"), (leave, "exit code 7")]
)
def test_of_a_worker_that_dies_only_the_item_that_it_was_on_is_lost(
    misdeed: Callable[[], Any], told: str, chunksize: int | None
) -> None:
    bad = outcomes(misdeed, chunksize=chunksize)
    assert isinstance(bad, WorkerDied)
    assert told in str(bad)


def test_memory_that_is_exhausted_is_the_items_failure() -> None:
    failure = outcomes(eat_memory, memory_limit=300_000_000)
    assert isinstance(failure, MemoryError)
    assert "300 MB" in str(failure)


@pytest.mark.parametrize("misdeed", [get_stuck, get_stuck_in_another_program])
def test_an_item_that_is_stuck_is_ended_with_all_that_it_started(misdeed: Callable[[], Any]) -> None:
    bad = outcomes(misdeed, timeout=0.4)
    assert isinstance(bad, TimeoutError)
    assert "longer than 0.4 s" in str(bad)
    assert not list(descendants("# stuck"))


def test_a_result_that_cannot_be_pickled_fails_alone() -> None:
    assert isinstance(outcomes(make_a_lock), Unsendable)


def test_an_exception_whose_constructor_takes_two_arguments_comes_back_as_itself() -> None:
    bad = outcomes(raise_for_two)
    assert isinstance(bad, NeedsTwo)
    assert (bad.code, bad.what, str(bad)) == (5, "five", "5: five")


def test_an_exception_that_cannot_be_pickled_comes_back_as_text() -> None:
    bad = outcomes(raise_with_a_lock)
    assert isinstance(bad, ItemFailed)
    assert "HoldsALock" in str(bad)


def test_a_polite_exit_is_the_items_failure() -> None:
    bad = outcomes(exit_politely)
    assert isinstance(bad, SystemExit)
    assert bad.code == "enough"


def test_an_argument_that_cannot_be_pickled_is_worked_on_in_the_caller() -> None:
    lock = threading.Lock()
    items: Iterator[Any] = (lock if number == BAD else number for number in range(ITEMS))
    results = list(whichpool.map(repr, items, pools=("serial", "processes"), workers=2))
    assert results == [repr(lock if number == BAD else number) for number in range(ITEMS)]


def test_a_worker_that_dies_is_raised_in_its_items_place() -> None:
    results = whichpool.map(partial(square_or, misdeed=leave), range(ITEMS), pools="processes")
    taken: list[Any] = []
    with pytest.raises(WorkerDied):
        taken.extend(results)
    assert taken == [number * number for number in range(BAD)]


def test_a_lone_worker_that_dies_is_replaced_and_nothing_runs_in_the_caller() -> None:
    results = list(whichpool.map(_pid_or_leave, range(10), pools="processes", workers=1, chunksize=1, errors="return"))
    assert isinstance(results.pop(3), WorkerDied)
    assert len(results) == 9
    assert os.getpid() not in results


def _pid_or_leave(number: int) -> int:
    if number == 3:
        os._exit(4)
    return os.getpid()


def test_a_child_that_a_function_forks_is_no_worker() -> None:
    assert list(whichpool.map(_forks, range(10), pools="processes", workers=1)) == list(range(10))


def _forks(number: int) -> int:
    if number == 5:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a worker has a second thread, which only waits
            pid = os.fork()
        if not pid:
            return -1
        os.waitpid(pid, 0)
    return number


class ForksWhenSent:
    def __init__(self, number: int, log: str) -> None:
        self.number, self.log = number, log

    def __reduce__(self) -> tuple[Any, ...]:
        _fork_and_wait()
        return int, (self.number,)


class ForksWhenReceived:
    def __init__(self, number: int) -> None:
        self.number = number

    def __setstate__(self, state: dict[str, int]) -> None:
        vars(self).update(state)
        if self.number % 20 == 7:
            _fork_and_wait()


def _fork_and_wait() -> None:
    """Fork, and come back in the copy at once, in the worker when the copy has ended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as above
        pid = os.fork()
    if pid:
        os.waitpid(pid, 0)


def _logged(log: str, item: Any) -> Any:  # noqa: ANN401 - items of several kinds
    number = item if isinstance(item, int) else item.number
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(f"{number}\n")
    return number


def _forks_when_sent(log: str, number: int) -> Any:  # noqa: ANN401 - as above
    _logged(log, number)
    return ForksWhenSent(number, log) if number % 10 == 7 else number


@pytest.mark.parametrize("where", ["initializer", "result", "argument"])
def test_a_copy_of_a_worker_has_no_part_in_the_job_wherever_it_was_forked(where: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    work = partial(_forks_when_sent if where == "result" else _logged, str(log))
    items = map(ForksWhenReceived, range(60)) if where == "argument" else range(60)
    initializer = _fork_and_wait if where == "initializer" else None
    assert list(whichpool.map(work, items, pools="processes", workers=2, initializer=initializer)) == list(range(60))
    assert sorted(map(int, log.read_text().split())) == list(range(60))


def test_what_leaves_no_room_within_a_limit_is_told_all_the_same() -> None:
    kept: list[bytearray] = []

    def fill(number: int) -> list[str]:
        kept.append(bytearray(1_000_000))
        return [f"{number} " * 4000] * 8

    outcomes = list(whichpool.map(fill, range(300), pools="processes", memory_limit=50_000_000, errors="return"))
    assert {type(outcome) for outcome in outcomes} == {list, MemoryError}


def test_retries_give_an_item_another_worker_when_its_own_died(tmp_path: Path) -> None:
    function = partial(_dies_once, folder=str(tmp_path))
    assert list(whichpool.map(function, range(20), pools="processes", retries=1)) == list(range(20))


def _dies_once(number: int, folder: str) -> int:
    mark = Path(folder, str(number))
    if number % 6 == 5 and not mark.exists():
        mark.touch()
        os._exit(1)
    return number


@pytest.mark.parametrize("pool", ["threads", "processes"])
def test_a_caller_that_abandons_the_iterator_leaves_nothing(pool: str) -> None:
    results = whichpool.map(_naps, range(10_000), pools=pool)
    assert next(results) == 0
    del results
    assert not [thread for thread in threading.enumerate() if thread.name == "whichpool"]


def _naps(number: int) -> int:
    time.sleep(0.01)
    return number


SCRIPT = """
import signal, sys, threading, time
import whichpool

for _ in range({threads} - 1):
    threading.Thread(target=time.sleep, args=[60], daemon=True).start()

def nap(number):
    time.sleep({nap_s})  # whichpool-{mark}
    return number

def busy(number):
    total = 0
    for step in range(300_000):
        total += step
    return total

def held(number):
    return nap(number) if number < 10 else sum(range(3_000_000_000))  # half a minute in C code, which keeps the GIL

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    for number, result in enumerate(whichpool.map({function}, range(100_000), pools={pools!r})):
        if number == 5:
            print("begun", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise
"""


def started(
    mark: str, *, function: str = "nap", pools: str = "processes", nap_s: float = 0.02, threads: int = 1
) -> Any:  # noqa: ANN401 - a program of strings
    """Start a job in a program of its own, and wait until it gives results; beside other threads it does not fork."""
    script = SCRIPT.format(mark=mark, function=function, pools=pools, nap_s=nap_s, threads=threads)
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=FOLDER
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "begun\n"
    return program


def descendants(mark: str) -> Iterator[int]:
    """Find the processes whose command holds a mark, workers included: they are forked or were given it."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                command = (folder / "cmdline").read_text()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if mark in command and state != "Z":
                yield int(folder.name)


def wait_until_gone(mark: str) -> None:
    for _ in range(200):
        if not list(descendants(mark)):
            return
        time.sleep(0.05)
    pytest.fail(f"still there: {list(descendants(mark))}")


@pytest.mark.parametrize("function", ["nap", "busy"])
@pytest.mark.parametrize("pools", ["threads", "processes"])
def test_ctrl_c_ends_the_job_and_all_its_workers(function: str, pools: str) -> None:
    mark = f"ctrl-c-{os.getpid()}-{function}-{pools}"
    with started(mark, function=function, pools=pools) as program:
        program.send_signal(signal.SIGINT)
        out, complaints = program.communicate(timeout=20)
    assert program.returncode == -signal.SIGINT
    assert out == "interrupted\n"
    assert complaints.count("Traceback") == 1
    wait_until_gone(mark)


def test_ctrl_c_twice_ends_it_even_while_a_thread_is_stuck() -> None:
    mark = f"twice-{os.getpid()}"
    script = SCRIPT.replace("range(100_000)", "[0.0] * 6 + [600.0] * 9").replace("{nap_s}", "number")
    script = script.replace("number, result in", "number, _ in")
    program = subprocess.Popen(
        [sys.executable, "-c", script.format(mark=mark, function="nap", pools="threads", threads=1)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == "begun\n"
        time.sleep(0.3)
        program.send_signal(signal.SIGINT)
        time.sleep(0.5)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=20)
    assert program.returncode == -signal.SIGINT
    wait_until_gone(mark)


@pytest.mark.parametrize("function", ["nap", "busy", *(["held"] if sys.platform == "linux" else [])])
@pytest.mark.parametrize("threads", [1, 2])
def test_workers_end_when_their_caller_is_killed(function: str, threads: int) -> None:
    mark = f"killed-{os.getpid()}-{function}-{threads}"
    with started(mark, function=function, nap_s=0.05, threads=threads) as program:
        program.kill()
        program.communicate(timeout=20)
    wait_until_gone(mark)


def test_a_worker_ends_with_its_caller_beside_a_fork_of_that_and_while_it_imports(tmp_path: Path) -> None:
    """A fork of the caller lives on for some seconds; the worker that is started anew is at an import by then."""
    (tmp_path / "slowly.py").write_text(
        "import os, time\n"
        "if os.environ.setdefault('MAIN', str(os.getpid())) != str(os.getpid()):\n"
        "    print('importing', flush=True)\n"
        "    sum(range(3_000_000_000))\n"
        "def work(number): return number\n"
    )
    script = f"""
import sys; sys.path.insert(0, {str(tmp_path)!r})
import os, signal, slowly, threading, time, whichpool
threading.Thread(target=time.sleep, args=[60], daemon=True).start()
def fork():
    time.sleep(0.2)
    if not os.fork():
        time.sleep(3)
        os._exit(0)
threading.Thread(target=fork).start()
print(os.getpid(), flush=True)
list(whichpool.map(slowly.work, range(100), pools="processes", workers=1))
"""
    mark = str(tmp_path)
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == f"{program.pid}\n"
        assert program.stdout.readline() == "importing\n"
        time.sleep(0.3)
        program.kill()
        program.communicate(timeout=20)
    wait_until_gone(mark)


def test_a_program_that_forgets_its_job_ends_all_the_same() -> None:
    script = """
import whichpool, time
results = whichpool.map(time.sleep, [0.01] * 1000, pools="processes")
next(results)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=20)


async def later(number: int) -> int:
    return number


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        (
            "asyncio.new_event_loop",
            OSError(24, "Too many open files"),
            "event loop could not be made: Too many open files",
        ),
        ("threading.Thread.start", RuntimeError("can't start new thread"), "thread could not be started"),
    ],
)
def test_where_no_event_loop_can_be_had_that_is_said(
    monkeypatch: pytest.MonkeyPatch, name: str, error: Exception, words: str
) -> None:
    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(name, fail)
    with pytest.raises(CrewBroken, match=words):
        list(whichpool.map(later, range(3)))


def refuse_to_begin() -> None:
    raise FileNotFoundError("/nowhere")  # noqa: EM101 - as open() says it


@pytest.mark.parametrize("pool", ["threads", "processes"])
def test_an_initializer_that_finds_no_file_is_taken_for_no_dead_worker(pool: str) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list(whichpool.map(abs, range(10), pools=pool, initializer=refuse_to_begin))


def leave_or_tell_what_is_handled(number: int) -> str:
    if number == 1:
        os._exit(3)
    return str(sys.exc_info()[0])


def test_a_worker_that_takes_the_place_of_another_handles_no_exception() -> None:
    outcomes = list(
        whichpool.map(leave_or_tell_what_is_handled, range(4), pools="processes", workers=1, errors="return")
    )
    assert isinstance(outcomes.pop(1), WorkerDied)
    assert outcomes == ["None"] * 3
