"""A crew of processes answers every item once, as itself, and leaves nothing behind."""

import array
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from whichpool.errors import CrewBroken, ItemFailed, Unsendable, WorkerDied
from whichpool.machine.cores import Cores
from whichpool.running.crew import Batch, NotBegun, Task
from whichpool.running.workers import crew as crew_module
from whichpool.running.workers.crew import ProcessCrew

pytestmark = pytest.mark.usefixtures("started")


def children() -> set[str]:
    """List this process's own children, those that have ended and were not waited for included."""
    return {pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough


@pytest.fixture(autouse=True)
def _nothing_is_left(started: str) -> Iterator[None]:  # noqa: ARG001 - what it starts is there before and after
    before = descriptors(), children()
    yield
    assert (descriptors(), children()) == before


def collect(crew: ProcessCrew, items: Sequence[Any], size: int) -> list[Any]:
    """Have items answered in batches; an item's failure stands in its result's place."""
    outcomes: dict[int, Any] = {}
    firsts = list(range(0, len(items), size))
    while len(outcomes) < len(items):
        while firsts and crew.room() > 0:
            first = firsts.pop(0)
            crew.give(Batch(first, items[first : first + size]))
        for answer in crew.take(0.05 if firsts else None):
            for place, value in enumerate(answer.values):
                assert answer.first + place not in outcomes
                outcomes[answer.first + place] = answer.failures.get(place, value)
    return [outcomes[index] for index in range(len(items))]


def run(function: Callable[..., Any], items: Sequence[Any], *, size: int = 5, **options: Any) -> list[Any]:  # noqa: ANN401 - options of a task
    """Have items answered by a crew of two."""
    crew = ProcessCrew(Task(function, **options), 2)
    crew.open()
    try:
        return collect(crew, items, size)
    finally:
        crew.close()


def identity(value: Any) -> Any:  # noqa: ANN401 - anything
    return value


def pid_of(_: object) -> int:
    return os.getpid()


@pytest.mark.parametrize("size", [1, 7, 100])
def test_every_item_is_answered_once_and_by_its_own_result(size: int) -> None:
    assert run(hex, range(100), size=size) == list(map(hex, range(100)))


def test_items_that_the_crew_knows_from_the_source_are_the_same_ones() -> None:
    items = [{"number": number} for number in range(30)]
    assert run(identity, items, source=items) == items


def test_arguments_are_unpacked() -> None:
    assert run(pow, [(2, 5), (3, 2)], unpacked=True) == [32, 9]


def test_there_is_room_for_two_batches_for_each_worker_though_it_is_still_to_come() -> None:
    crew = ProcessCrew(Task(identity), 3)
    crew.open()
    assert crew.room() == 6
    crew.give(Batch(0, [0]))
    assert crew.room() == 5
    while not crew.take(1):
        pass
    assert crew.room() == 6
    crew.close()


def test_what_is_left_of_a_batch_that_takes_too_long_is_given_back() -> None:
    crew = ProcessCrew(Task(sleep_a_little, longest_batch_s=0.05), 1)
    crew.open()
    crew.give(Batch(5, range(5, 15)))
    answered: list[int] = []
    returned: list[Batch] = []
    while not returned:
        answered += [number for answer in crew.take(1) for number in answer.values]
        returned = crew.take_back()
    (rest,) = returned
    assert rest.first > 5
    assert answered == list(range(5, rest.first))
    assert list(rest.items) == list(range(rest.first, 15))
    assert crew.room() == 2
    crew.close()


def sleep_a_little(number: int) -> int:
    time.sleep(0.02)
    return number


def test_large_arguments_and_results_travel_and_can_be_changed() -> None:
    items = [bytearray(b"%d" % number * 300_000) for number in range(4)]
    assert run(grown, items, size=2) == [item + b"!" for item in items]


def grown(data: bytearray) -> bytearray:
    data += b"!"
    return data


def test_an_argument_that_all_items_share_is_sent_once() -> None:
    shared = array.array("d", range(100_000))
    crew = ProcessCrew(Task(nth, unpacked=True), 2)
    crew.open()
    while not crew.is_ready():
        crew.take(0.01)
    sent_bytes = []
    for number in range(20):
        crew.give(Batch(number, [(shared, number)]))
        while not (answers := crew.take(1)):
            pass
        assert answers[0].values == [number]
        sent_bytes.append(answers[0].sent_bytes)
    crew.close()
    assert max(sent_bytes[2:]) < 1000


def nth(values: Sequence[float], number: int) -> float:
    return values[number]


class Odd(Exception):
    def __init__(self, code: int, *, hint: str) -> None:
        super().__init__(code)
        self.hint = hint


class Rephrased(Exception):
    def __init__(self, code: int, what: str = "something") -> None:
        super().__init__(f"{code}: {what}")


class Unequal:
    def __eq__(self, other: object) -> bool:
        raise NotImplementedError

    __hash__ = object.__hash__


def raise_one(kind: str) -> None:
    message = "inner"
    errors: dict[str, BaseException] = {
        "odd": Odd(3, hint="press harder"),
        "rephrased": Rephrased(5, "five"),
        "set": ValueError({"one", "two", "three"}),
        "nested": RuntimeError(ValueError(message)),
        "group": ExceptionGroup("all", [ValueError(message), OSError(2, "no such thing", "file")]),
        "unequal": ValueError(Unequal()),
        "exit": SystemExit(4),
        "noted": ValueError("noted"),
        "untravelled": ValueError(threading.Lock()),
    }
    errors["noted"].add_note("look twice")
    raise errors[kind]


def test_exceptions_come_back_as_themselves_whatever_they_hold() -> None:
    kinds = ["odd", "rephrased", "set", "nested", "group", "unequal", "exit", "noted", "untravelled"]
    odd, rephrased, strings, nested, group, unequal, left, noted, untravelled = run(raise_one, kinds)
    assert repr(rephrased) == "Rephrased('5: five')"
    assert strings.args == ({"one", "two", "three"},)
    assert (type(odd), odd.args, odd.hint) == (Odd, (3,), "press harder")
    assert repr(nested) == "RuntimeError(ValueError('inner'))"
    assert [type(error) for error in group.exceptions] == [ValueError, FileNotFoundError]
    assert type(unequal.args[0]) is Unequal
    assert (type(left), left.code) == (SystemExit, 4)
    assert noted.__notes__[0] == "look twice"
    assert type(untravelled) is ItemFailed
    assert "lock" in str(untravelled)


def test_a_traceback_of_the_worker_shows_the_users_frames_only() -> None:
    (error,) = run(raise_one, ["nested"])
    (note,) = error.__notes__
    assert "raise_one" in note
    assert "serving.py" not in note


class Refuses:
    """Can be pickled, but not unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return refuse, ()


def refuse() -> None:
    message = "not here"
    raise LookupError(message)


class Kills:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return signal.raise_signal, (int(signal.SIGKILL),)


def test_an_argument_that_cannot_be_pickled_was_not_begun_and_the_others_go_on() -> None:
    outcomes = run(identity, [0, 1, threading.Lock(), 3, 4, 5])
    assert type(outcomes.pop(2)) is NotBegun
    assert outcomes == [0, 1, 3, 4, 5]


def test_an_argument_that_cannot_be_unpickled_fails_alone() -> None:
    outcomes = run(identity, [0, 1, Refuses(), 3, 4, 5])
    failure = outcomes.pop(2)
    assert isinstance(failure, ItemFailed)
    assert "not here" in str(failure)
    assert outcomes == [0, 1, 3, 4, 5]


def test_an_argument_that_ends_the_process_that_unpickles_it_fails_alone() -> None:
    outcomes = run(identity, [0, 1, Kills(), 3, 4, 5])
    failure = outcomes.pop(2)
    assert isinstance(failure, WorkerDied)
    assert "SIGKILL" in str(failure)
    assert outcomes == [0, 1, 3, 4, 5]


def test_an_argument_that_hangs_where_it_is_unpickled_is_past_its_time() -> None:
    outcomes = run(identity, [0, Sleeps(), 2], size=1, timeout_s=0.3)
    assert isinstance(outcomes.pop(1), TimeoutError)
    assert outcomes == [0, 2]


class Sleeps:
    def __reduce__(self) -> tuple[Any, ...]:
        return time.sleep, (600,)


def test_a_result_that_cannot_be_unpickled_fails_alone() -> None:
    outcomes = run(refuses_at_two, range(6))
    assert isinstance(outcomes.pop(2), Unsendable)
    assert outcomes == [0, 1, 3, 4, 5]


def refuses_at_two(number: int) -> object:
    return Refuses() if number == 2 else number


class Leaves:
    """Ends the program where it is pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        raise SystemExit(3)


def leaves_at_two(number: int) -> object:
    if number == 2:
        return Leaves()
    if number == 4:
        raise ValueError(Leaves())
    return number


def test_a_result_or_exception_that_leaves_where_it_is_pickled_fails_alone(capfd: pytest.CaptureFixture[str]) -> None:
    outcomes = run(leaves_at_two, range(6))
    failure, result = outcomes.pop(4), outcomes.pop(2)
    assert type(result) is Unsendable
    assert "SystemExit: 3" in str(result)
    assert type(failure) is ItemFailed
    assert outcomes == [0, 1, 3, 5]
    assert capfd.readouterr().err == ""


def test_a_result_that_only_cloudpickle_can_pickle_comes_back() -> None:
    assert [result(10) for result in run(adder, range(4))] == [10, 11, 12, 13]


def adder(number: int) -> Callable[[int], int]:
    return lambda other: number + other


def test_more_results_than_the_black_box_holds_come_back() -> None:
    assert run(kilobytes, range(600), size=300) == [kilobytes(number) for number in range(600)]


def kilobytes(number: int) -> bytes:
    return number.to_bytes(4, "big") * (40_000 if number % 50 == 0 else 250)


@pytest.mark.parametrize("size", [1, 20])
def test_workers_that_die_again_and_again_lose_the_items_they_were_on_only(size: int, tmp_path: Path) -> None:
    bad = {0, 5, 6, 39}
    function = Logged(str(tmp_path / "log"), bad)
    outcomes = run(function, range(40), size=size)
    assert {index for index, outcome in enumerate(outcomes) if isinstance(outcome, WorkerDied)} == bad
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [n for n in range(40) if n not in bad]
    assert sorted(map(int, Path(function.file).read_text().split())) == list(range(40))


class Logged:
    """Logs each item that is begun, and is killed at the bad ones."""

    def __init__(self, file: str, bad: set[int]) -> None:
        self.file = file
        self.bad = bad

    def __call__(self, number: int) -> int:
        with Path(self.file).open("a", encoding="ascii") as file:
            file.write(f"{number}\n")
        if number in self.bad:
            os.kill(os.getpid(), signal.SIGKILL)
        return number


def test_workers_killed_from_outside_lose_one_item_each_and_run_none_twice(tmp_path: Path) -> None:
    log = tmp_path / "log"
    crew = ProcessCrew(Task(logged_with_pid, unpacked=True), 2)
    killed: list[int] = []
    outcomes: dict[int, Any] = {}
    given = 0
    crew.open()
    try:
        while len(outcomes) < 3000:
            while given < 3000 and crew.room() > 0:
                crew.give(Batch(given, [(number, str(log)) for number in range(given, given + 100)]))
                given += 100
            for answer in crew.take(0.01):
                for place, value in enumerate(answer.values):
                    assert answer.first + place not in outcomes
                    outcomes[answer.first + place] = answer.failures.get(place, value)
                _, pid = answer.values[-1] or (0, None)
                if pid and pid not in killed and len(outcomes) > 400 * len(killed):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
    finally:
        crew.close()
    lost = [index for index, outcome in outcomes.items() if isinstance(outcome, WorkerDied)]
    assert killed
    assert len(lost) <= len(killed)
    assert all(outcomes[index][0] == index for index in range(3000) if index not in lost)
    begun = log.read_text().split()
    assert len(begun) == len(set(begun))


def logged_with_pid(number: int, file: str) -> tuple[int, int]:
    return Logged(file, set())(number), os.getpid()


def test_memory_that_runs_out_in_small_pieces_is_the_items_failure() -> None:
    outcomes = run(eat_if_two, range(4), memory_limit_bytes=100_000_000)
    assert type(outcomes.pop(2)) is MemoryError
    assert outcomes == [0, 1, 3]


def eat_if_two(number: int) -> int:
    if number == 2:
        return len([b"%d" % step * 100 for step in range(10**8)])
    return number


def test_what_a_dead_worker_had_started_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    (outcome,) = run(fork_and_die, [str(file)])
    assert isinstance(outcome, WorkerDied)
    stat = Path("/proc", file.read_text(), "stat")
    for _ in range(200):
        with suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.01)
                continue
        return
    pytest.fail("it is still there")


def fork_and_die(file: str) -> None:
    os.set_blocking(0, False)
    pid = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False).pid
    Path(file).write_text(str(pid), encoding="ascii")
    os._exit(1)


def test_what_an_initializer_raises_is_raised_in_the_caller() -> None:
    with pytest.raises(LookupError, match="not here"):
        run(identity, [1], initializer=refuse)


def test_workers_that_die_before_they_begin_break_the_crew() -> None:
    with pytest.raises(CrewBroken, match="exit code 9"):
        run(identity, [1], initializer=leave)


def leave() -> None:
    os._exit(9)


def test_a_function_that_cannot_be_sent_breaks_the_crew_or_is_inherited() -> None:
    lock = threading.Lock()

    def function(number: int) -> int:
        with lock:
            return number

    if threading.active_count() == 1:
        assert run(function, [1, 2]) == [1, 2]
    else:
        with pytest.raises(CrewBroken, match="cannot be pickled"):
            run(function, [1, 2])


def test_a_source_is_inherited_or_what_cannot_be_sent_of_it_was_not_begun() -> None:
    items = [threading.Lock()]
    (outcome,) = run(kind_of, items, source=items)
    if threading.active_count() == 1:
        assert outcome == "lock"
    else:
        assert type(outcome) is NotBegun


def test_each_crew_can_be_left_while_another_goes_on() -> None:
    crews = [ProcessCrew(Task(pid_of), 2) for _ in range(2)]
    for crew in crews:
        crew.open()
    first = set(collect(crews[0], range(20), 1))
    crews[0].close()
    assert not {str(pid) for pid in first} & children()
    assert len(collect(crews[1], range(20), 5)) == 20
    crews[1].close()


def test_closing_that_is_interrupted_can_be_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    crew = ProcessCrew(Task(identity), 3)
    crew.open()
    collect(crew, range(30), 1)
    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(crew_module, "sleep", interrupt)
        crew.close()
    crew.close()
    crew.close()


def test_handlers_that_the_caller_set_do_not_act_in_a_worker() -> None:
    before = signal.signal(signal.SIGWINCH, lambda *_: None)
    try:
        assert run(handler_of, [signal.SIGWINCH]) == [signal.SIG_DFL]
    finally:
        signal.signal(signal.SIGWINCH, before)


def handler_of(number: int) -> object:
    return signal.getsignal(number)


def kind_of(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("has_said_how", [False, True])
def test_native_libraries_share_the_cores_with_other_workers_unless_the_user_has_said_how(
    started: str,
    has_said_how: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    if has_said_how:
        monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setattr(crew_module, "usable_cores", lambda: Cores(9, 9, None))

    limits = run(os.getenv, ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])

    if has_said_how:
        assert limits == ["7", None]
    else:
        assert limits == (["4", "4"] if started == "started anew" else [None, None])
