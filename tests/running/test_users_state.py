"""What a call changes in the user's modules is seen, however it gets at it."""

import functools
import io
import itertools
import random
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import whichpool
from whichpool.running.users_state import UsersState

seen: list[int] = []
table: dict[str, list[int]] = {"a": []}
tally: Counter[int] = Counter()
rows: defaultdict[int, int] = defaultdict(int)
ids = itertools.count()
generator = random.Random(1)  # noqa: S311 - no secret
text = io.StringIO()
lock = threading.Lock()
connection = sqlite3.connect(":memory:", check_same_thread=False)
connection.execute("create table numbers (number)")


class Ledger:
    """Keeps what it is told, beside what cannot be pickled."""

    entries: list[int] = []  # noqa: RUF012 - it is what is looked for

    def __init__(self) -> None:
        self.lock, self.own = threading.Lock(), [0]

    def enter(self, number: int) -> None:
        self.own.append(number)


ledger = Ledger()


def numbers() -> Iterator[int]:
    yield from range(1000)


drawn = numbers()


def around() -> Callable[[int], None]:
    count = 0

    def inner(number: int) -> None:
        nonlocal count
        count += number

    return inner


counts = around()


def with_default(number: int, kept: list[int] = []) -> None:  # noqa: B006 - it is what is looked for
    kept.append(number)


def with_attribute(number: int) -> None:
    vars(with_attribute)["last"] = number


@functools.cache
def remembered(number: object) -> object:
    return number


def _lock(_: object) -> None:
    with lock:
        pass


def _row(number: int) -> None:
    connection.execute("insert into numbers values (?)", (number,))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (seen.append, "seen"),
        (lambda number: table.setdefault("b", []).append(number), "table"),
        (lambda number: tally.update([number]), "tally"),
        (lambda number: rows[number], "rows"),
        (lambda _: next(ids), "ids"),
        (lambda _: generator.random(), "the state of"),
        (lambda number: text.write(str(number)), "text"),
        (_row, "rows were changed by"),
        (ledger.enter, "ledger"),
        (Ledger.entries.append, "Ledger.entries"),
        (lambda _: next(drawn), "drawn"),
        (counts, "count"),
        (with_default, "default"),
    ],
)
def test_what_a_call_changes_is_named(call: Callable[[int], object], name: str) -> None:
    state = UsersState(call)
    assert state.why_not() is None
    call(7)
    why = state.why_not()
    assert why is not None
    assert name in why


@pytest.mark.parametrize("call", [remembered, len, lambda number: [number], _lock])
def test_what_outlives_no_call_or_may_be_each_processs_own_is_none_of_it(call: Callable[..., object]) -> None:
    state = UsersState(call)
    call((7,))
    assert state.why_not() is None


def test_a_file_that_a_call_writes_to_is_further_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as file:
        monkeypatch.setitem(globals(), "log", file)
        state = UsersState(len)
        file.write("7")
        why = state.why_not()
    assert why is not None
    assert "the position of" in why


def test_a_job_stays_in_the_loop_where_a_call_was_seen_to_change_something(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("hidden_from_the_look")
    vars(module)["kept"] = kept = list[int]()
    monkeypatch.setitem(__import__("sys").modules, module.__name__, module)

    def work(number: int) -> int:
        vars(vars(itertools).get("no such name", module))["kept"].append(number)
        return sum(step * number for step in range(30_000))

    job = whichpool.map(work, range(100))
    assert list(job) == [work(number) for number in range(100)]
    assert kept == [*range(100), *range(100)]
    assert set(job.report.pools) <= {"serial", "threads"}


def test_the_job_itself_may_have_a_name_in_the_users_module(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(number: int) -> int:
        return len(vars(itertools)) + sum(step * number for step in range(30_000))

    job = whichpool.map(work, range(150), pools=("serial", "processes"))
    monkeypatch.setitem(globals(), "job", job)
    monkeypatch.setitem(globals(), "numbered", enumerate(job))
    assert list(job) == [work(number) for number in range(150)]
    assert "outlives" not in str(job.report)


def test_what_the_consumer_of_the_results_changes_is_not_held_against_the_function() -> None:
    kept: list[int] = []
    seen.clear()

    def work(number: int) -> int:
        return len(vars(itertools)) + sum(step * number for step in range(30_000))

    job = whichpool.map(work, range(150), pools=("serial", "processes"))
    for result in job:
        seen.append(result)
        kept.append(result)
    assert seen == kept == [work(number) for number in range(150)]
    assert "outlives" not in str(job.report)
