"""The code to paste: every kind is run as it stands, and gives what the plain loop gives."""

import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.snippets import PROCESSES, SERIAL, TASKS, THREADS, facts_of
from whichpool.pools.catalogue import find
from whichpool.report.snippet import snippet
from whichpool.values import Facts, Import, Strategy, Workload

SPAWN = Strategy("processes", 2, start_method="spawn")
FORKSERVER = Strategy("processes", 2, start_method="forkserver")
EVERY_WAY = [(SERIAL, 1), (THREADS, 1), (THREADS, 2), (PROCESSES, 1), (PROCESSES, 2)]
EVERY_ASYNC_WAY = [*EVERY_WAY, (TASKS, 1), (TASKS, 2)]

FILES = {
    "app.py": """
import asyncio
import os
from dataclasses import dataclass
NUMBERS = [3, 1, 2]
PAIRS = ((3, 4), (5, 12), (8, 15))
LIMIT = 7
NAMED = {"a": 1, "b": 2, "c": 3}
TEXT = "of app"
pool = [1, 2]
items = [9]
native_threads_at_import = os.environ.get("OMP_NUM_THREADS")
def square(number):
    return number * number
def cube(number, *, plus=0):
    return number ** 3 + plus
def add(left, right):
    return left + right
def show(item):
    return f"{item!r} by app"
def seen(_):
    return native_threads_at_import
def total(numbers):
    return sum(numbers)
def nothing():
    return "nothing"
def make():
    yield from (5, 6, 7)
def make_pairs():
    yield (1, 2)
    yield (3, 4)
def list(number):
    return ["not that of Python", number]
def range(stop):
    return [stop, stop]
async def fetch(number):
    await asyncio.sleep(0)
    return [number, "fetched"]
async def join(left, right, *, by="-"):
    await asyncio.sleep(0)
    return f"{left}{by}{right}"
class Waiter:
    async def __call__(self, number):
        return number
wait = Waiter()
class Shape:
    @staticmethod
    def area(side):
        return side * side
@dataclass(frozen=True)
class Point:
    x: int
a_function_with_a_name_as_long_as_they_come = add
SOME_ITEMS_WITH_A_NAME_THAT_IS_LONG_AS_WELL = PAIRS
""",
    "other.py": 'TEXT = "of other"\nLIST = ["other"]\n\ndef show(item):\n    return f"{item} by other"\n',
    "below/far/data.py": 'LIST = ["far", "off"]\n\ndef near(item):\n    import beside\n    return beside.put(item)\n',
    "below/far/beside.py": "def put(item):\n    return [item]\n",
    "below/slow.py": "NUMBERS = [3, 4, 5]\n\nasync def main(call):\n    return call, NUMBERS\n",
    "below/two.dots.py": "def twice(number):\n    return 2 * number\n",
    "dash-ed file.py": "LIST = [1, 2]\n\ndef twice(number):\n    return 2 * number\n",
    "colorsys.py": "LIST = [1, 2]\n\ndef twice(number):\n    return 2 * number\n",
    "pack/__init__.py": "",
    "pack/base.py": "TEN = 10\n",
    "pack/inner/__init__.py": "",
    "pack/inner/deep.py": "from ..base import TEN\n\ndef run(number):\n    return TEN + number\n",
    "words.txt": "one\ntwo words\n\nvier ö\n",
    "values.jsonl": '1\n\n{"a": [2]}\n"drei ö"\n',
    'a "quote"\'s.txt': "quoted\n",
}

LOOPS = [
    ("app.py:square", "NUMBERS"),
    ("./app.py:square", "app:NUMBERS"),
    ("app.py:square", "make"),
    ("app.py:square", "app.py:make"),
    ("app.py:show", "NAMED"),
    ("app.py:show", "range(LIMIT)"),
    ("app.py:show", "1, 2, LIMIT"),
    ("app.py:show", "[number for number in NUMBERS if number < LIMIT]"),
    ("app.py:show", "(sorted(NAMED))"),
    ("app.py:show", "map(Point, NUMBERS)"),
    ("app.py:list", "[pool, range(2)]"),
    ("app.py:list", "pool"),
    ("app.py:Shape.area", "items"),
    ("app.py:add", "PAIRS"),
    ("app.py:add", "make_pairs"),
    ("app.py:add", "[(2, 3), (LIMIT, 1)]"),
    ("app.py:a_function_with_a_name_as_long_as_they_come", "SOME_ITEMS_WITH_A_NAME_THAT_IS_LONG_AS_WELL"),
    ("operator:add", "zip(range(3), range(3))"),
    ("os.path:basename", "lines:words.txt"),
    ("app.py:show", "lines:words.txt"),
    ("app.py:show", 'lines:~/a "quote"\'s.txt'),
    ("app.py:show", "jsonl:./values.jsonl"),
    ("app.py:show", "glob:*.txt"),
    ("app.py:show", "glob:~/below/**/*.py"),
    ("app.py:show", "-"),
    ("app.py:show", "other.py:LIST"),
    ("other.py:show", "app:NUMBERS"),
    ("other.py:show", "[TEXT]"),
    ("below/far/data.py:near", "LIST"),
    ("below/two.dots.py:twice", "[1, 2]"),
    ("dash-ed file.py:twice", "LIST"),
    ("colorsys.py:twice", "colorsys.py:LIST"),
    ("~/pack/inner/deep.py:run", "range(3)"),
    ("pack.inner.deep:run", "colorsys.py:LIST"),
    ("{outside}/apart.py:negate", "lines:{outside}/apart.txt"),
    ("app.py:fetch", "NUMBERS"),
    ("app.py:fetch", "make"),
    ("app.py:fetch", "lines:words.txt"),
    ("app.py:join", "PAIRS"),
    ("app.py:join", "make_pairs"),
    ("app.py:wait", "NAMED"),
    ("below/slow.py:main", "NUMBERS"),
]

CALLS = [
    ("app.py:square(7)",),
    ("app.py:square(7)", "app.py:cube( LIMIT, plus=NUMBERS[0] )", "app.py:nothing()", "app.py:Shape.area(side=2,)"),
    ("app.py:cube(*[2], **{'plus': max(NUMBERS)})", "operator:add('a:b(c)', 'd')", "app:square(len(TEXT))"),
    ("app.py:show(TEXT)", "other.py:show(TEXT)", "./other.py:show((lambda TEXT: TEXT)(LIST))"),
    ("app.py:fetch(7)", "app.py:join(LIMIT, right=3)", "below/slow.py:main(*NUMBERS[:1])"),
    ("colorsys.py:twice(LIST)", "below/two.dots.py:twice(2)", "dash-ed file.py:twice(LIST[0])"),
]

LOOK = """
import asyncio, multiprocessing, pickle, sys
from whichpool.lab.target import load

def look(workload):
    loaded = load(workload)
    call = (lambda item: loaded.function(*item)) if loaded.facts.unpacked else loaded.function
    results = [call(item) for item in loaded.items]
    if loaded.facts.is_async:
        results = [asyncio.run(result) for result in results]
    return loaded.facts, ascii(results)

with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
    pickle.dump(pool.map(look, pickle.load(sys.stdin.buffer), chunksize=1), sys.stdout.buffer)
"""
RUN = """
import io, runpy, sys
given = sys.stdin.buffer.read()
for file in sys.argv[1:]:
    sys.stdin = io.TextIOWrapper(io.BytesIO(given))
    print(ascii(runpy.run_path(file, run_name="__main__")["results"]))
"""
SHOW = '\nif __name__ == "__main__":\n    print(ascii(results))\n'
STANDARD_INPUT = "one\ntwo ö\n\n"


def loop(folder: Path, target: str, items: str) -> Workload:
    """Name a function and its items; those of standard input travel along."""
    items_pickle = pickle.dumps(STANDARD_INPUT.splitlines()) if items == "-" else b""
    outside = str(folder.parent / "outside")
    return Workload(
        target,
        (target.format(outside=outside),),
        items.replace("{outside}", outside),
        items_pickle=items_pickle,
        folder=str(folder),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder that the user is in, which is home as well."""
    folder = tmp_path_factory.mktemp("snippets") / "folder with spaces"
    outside = {
        "../outside/apart.py": "import near\ndef negate(text):\n    return near.SIGN + text\n",
        "../outside/near.py": "SIGN = '-'\n",
        "../outside/apart.txt": "1\n2\n",
    }
    for name, text in {**FILES, **outside}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def looked_at(folder: Path) -> dict[Workload, tuple[Facts, str]]:
    """Let whichpool load every workload, each in a process of its own, and run the plain loop."""
    workloads = [loop(folder, target, items) for target, items in LOOPS]
    workloads += [Workload(" ".join(targets), targets, folder=str(folder)) for targets in CALLS]
    looked = subprocess.run(
        [sys.executable, "-c", LOOK],
        input=pickle.dumps(workloads),
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(zip(workloads, pickle.loads(looked.stdout), strict=True))  # noqa: S301 - written above


def run(folder: Path, *command: str | Path, python: str = sys.executable, may_log: bool = False) -> list[str]:
    """Run Python in the user's folder, and return the lines it writes; nothing of whichpool is there to be covered."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment |= {"RAY_TMPDIR": str(folder.parent.parent), "RAY_USAGE_STATS_ENABLED": "0"}
    ran = subprocess.run(
        [python, *command],
        input=STANDARD_INPUT.encode(),
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, "" if may_log else ran.stderr.decode()) == (0, ""), ran.stderr.decode()
    return ran.stdout.decode().splitlines()


def results_of(folder: Path, code: str, python: str = sys.executable, *, may_log: bool = False) -> str:
    """Run a snippet as a script."""
    file = folder / "pasted.py"
    file.write_text(code + SHOW, encoding="utf-8")
    *_, shown = run(folder, file, python=python, may_log=may_log)
    return shown


def assert_every_way_gives_it(folder: Path, workload: Workload, facts: Facts, expected: str) -> None:
    """Run a workload's snippets, one for each way to run it, one after the other as a notebook would."""
    ways = EVERY_ASYNC_WAY if facts.is_async else EVERY_WAY
    files = [folder / f"pasted_{number}.py" for number in range(len(ways))]
    for file, (strategy, chunksize) in zip(files, ways, strict=True):
        file.write_text(snippet(workload, facts, strategy, chunksize), encoding="utf-8")
    assert run(folder, "-c", RUN, *files) == [expected] * len(files), files[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(("target", "items"), LOOPS)
def test_every_pool_gives_what_the_loop_gives_from(
    folder: Path, looked_at: dict[Workload, tuple[Facts, str]], target: str, items: str
) -> None:
    workload = loop(folder, target, items)
    assert_every_way_gives_it(folder, workload, *looked_at[workload])


@pytest.mark.parametrize("targets", CALLS)
def test_every_pool_gives_what_the_calls_give(
    folder: Path, looked_at: dict[Workload, tuple[Facts, str]], targets: tuple[str, ...]
) -> None:
    workload = Workload(" ".join(targets), targets, folder=str(folder))
    assert_every_way_gives_it(folder, workload, *looked_at[workload])


def test_a_generator_as_the_one_argument_is_handed_over(folder: Path) -> None:
    imports = (Import("app.py", "app", str(folder), ("total", "NUMBERS")),)
    workload = Workload("total", ("app.py:total(2 * n for n in NUMBERS)",), folder=str(folder))
    for strategy in (SERIAL, THREADS):
        assert results_of(folder, snippet(workload, facts_of(imports=imports), strategy, 1)) == "[12]"


def test_items_of_different_lengths_are_refused_rather_than_cut_to_the_shortest(folder: Path) -> None:
    code = "def work(*parts):\n    return parts\n\nitems = [(1, 2), (1, 2, 3)]\n\n"
    code += snippet(Workload("work", folder=str(folder)), facts_of(unpacked=True), THREADS, 1)
    ran = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert "ValueError: zip() argument 2 is longer" in ran.stderr


NEWER = [
    *sorted(Path("~/.pyenv/versions").expanduser().glob("3.14*/bin/python3.14")),
    *[Path(place, "python3.14") for place in os.environ.get("WHICHPOOL_PYTHONS", "").split(os.pathsep) if place],
    *[Path(found) for found in [shutil.which("python3.14")] if found],
]


NEWEST = str(next(filter(Path.is_file, NEWER), ""))
OTHERS = [
    ("loky", ("app.py:add", "below/slow.py:main", "below/far/data.py:near")),
    ("interpreters", ("colorsys.py:twice", "app.py:add", "below/slow.py:main", "below/far/data.py:near")),
    ("dask", ("app.py:add",)),
    ("ray", ("below/slow.py:main",)),
]


def python_with(pool: str) -> str:
    """Find a Python that has a pool, or skip the test."""
    row = find(pool)
    if row.why_missing() is None:
        return sys.executable
    if row.package is not None or not NEWEST:
        pytest.skip(row.why_missing() or "")
    return NEWEST


@pytest.mark.parametrize(
    ("pool", "target"),
    [pytest.param(pool, target, id=f"{pool} {target}") for pool, targets in OTHERS for target in targets],
)
def test_every_other_engine_gives_what_the_loop_gives(
    folder: Path, looked_at: dict[Workload, tuple[Facts, str]], pool: str, target: str
) -> None:
    workload = loop(folder, *next(each for each in LOOPS if each[0] == target and each[1] != "make"))
    facts, expected = looked_at[workload]
    is_cluster = find(pool).is_cluster
    for chunksize in (1,) if is_cluster else (1, 2):
        code = snippet(workload, facts, Strategy(pool, 2), chunksize)
        assert results_of(folder, code, python_with(pool), may_log=is_cluster) == expected


@pytest.mark.parametrize(
    ("strategy", "python"),
    [
        pytest.param(SPAWN, sys.executable, id="spawn"),
        pytest.param(FORKSERVER, sys.executable, id="forkserver"),
        pytest.param(
            replace(PROCESSES, start_method=None),
            NEWEST,
            id="the default of 3.14",
            marks=[] if NEWEST else pytest.mark.skip("no python3.14 on PATH or in pyenv"),
        ),
    ],
)
def test_processes_that_begin_anew_find_what_they_need(
    folder: Path, looked_at: dict[Workload, tuple[Facts, str]], strategy: Strategy, python: str
) -> None:
    for target, items in [("below/far/data.py:near", "LIST"), ("colorsys.py:twice", "colorsys.py:LIST")]:
        workload = loop(folder, target, items)
        facts, expected = looked_at[workload]
        assert results_of(folder, snippet(workload, facts, strategy, 2), python) == expected


def test_spawned_workers_of_a_notebook_find_what_they_need(
    folder: Path, looked_at: dict[Workload, tuple[Facts, str]]
) -> None:
    workload = loop(folder, "dash-ed file.py:twice", "LIST")
    facts, expected = looked_at[workload]
    (shown,) = run(folder, "-c", snippet(workload, facts, SPAWN, 1) + SHOW)
    assert shown == expected


@pytest.mark.parametrize("strategy", [SERIAL, THREADS, PROCESSES, SPAWN])
def test_native_threads_are_limited_before_anything_is_imported(folder: Path, strategy: Strategy) -> None:
    workload = Workload("app.py:seen", ("app.py:seen",), "[1, 2]", folder=str(folder))
    facts = facts_of(imports=(Import("app.py", "app", str(folder), ("seen",)),))
    code = snippet(workload, facts, replace(strategy, native_threads=3), 1)
    assert results_of(folder, code) == "['3', '3']"


SQUARE = "def {name}(number):\n    return number * number\n\nitems = frozenset({{3}})\n\n"
ADD = "def {name}(left, right):\n    return left + right\n\nitems = [(3, 4), (5, 12), (1, 1)]\n\n"
LAMBDA = "{name} = lambda number: number * number\nitems = frozenset({{3}})\n\n"


@pytest.mark.parametrize(("strategy", "chunksize"), [*EVERY_WAY, (SPAWN, 2), (FORKSERVER, 1)])
def test_a_function_that_is_there_already_is_used_by_its_name(folder: Path, strategy: Strategy, chunksize: int) -> None:
    workload = Workload("work", folder=str(folder))
    for prelude, unpacked, expected in ((SQUARE, False, "[9]"), (ADD, True, "[7, 17, 2]")):
        code = snippet(workload, facts_of(unpacked=unpacked), strategy, chunksize)
        assert results_of(folder, prelude.format(name="work") + code) == expected


ASYNC = "async def {name}(number):\n    return number * number\n\nitems = frozenset({{3}})\n\n"


@pytest.mark.parametrize(("strategy", "chunksize"), EVERY_ASYNC_WAY)
def test_an_async_function_that_is_there_already_is_awaited_by_its_name(
    folder: Path, strategy: Strategy, chunksize: int
) -> None:
    code = snippet(Workload("work", folder=str(folder)), facts_of(is_async=True), strategy, chunksize)
    assert ("# in a notebook: results = await main()" in code) == (strategy.pool in {"serial", "asyncio"})
    assert results_of(folder, ASYNC.format(name="work") + code) == "[9]"


@pytest.mark.parametrize("name", ["<lambda>", "outer.<locals>.inner", "Session.get", "functools.partial(f,\n 2)"])
def test_a_function_without_a_name_of_its_own_is_to_be_filled_in(folder: Path, name: str) -> None:
    workload = Workload(name, folder=str(folder))
    for strategy, chunksize, prelude in ((SERIAL, 1, LAMBDA), (THREADS, 2, LAMBDA), (PROCESSES, 1, SQUARE)):
        code = snippet(workload, facts_of(by_value=True), strategy, chunksize)
        assert code.startswith("# function and items are what was compared (function: " + " ".join(name.split()))
        assert ("# workers import the function: define it with def" in code) == (strategy is PROCESSES)
        assert results_of(folder, prelude.format(name="function") + code) == "[9]"
