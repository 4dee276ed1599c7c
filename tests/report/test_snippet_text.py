"""The code to paste as it reads: what it says, and in which words."""

from dataclasses import replace

import pytest

from tests.report.snippets import PROCESSES, SERIAL, facts_of
from whichpool.report.snippet import snippet
from whichpool.values import Import, Python, Strategy, Workload


def test_it_reads_as_a_person_would_write_it() -> None:
    workload = Workload("primes", ("examples/primes.py:count_primes",), "LIMITS", folder="/home/ada")
    names = ("count_primes", "LIMITS")
    facts = facts_of(imports=(Import("examples/primes.py", "primes", "/home/ada/examples", names),))
    assert (
        snippet(workload, facts, replace(PROCESSES, native_threads=1, python=Python("/opt/python3.15")), 3)
        == """\
# measured with /opt/python3.15

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

# before NumPy, or whatever else has threads of its own, is imported
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["BLIS_NUM_THREADS"] = "1"

sys.path.insert(0, "examples")
from primes import LIMITS, count_primes

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        results = list(pool.map(count_primes, LIMITS, chunksize=3))
"""
    )


def test_threads_are_handed_slices_because_their_map_takes_no_chunk_size() -> None:
    workload = Workload("fetch", ("fetch.py:fetch",), "lines:urls.txt", folder="/home/ada")
    facts = facts_of(imports=(Import("fetch.py", "fetch", "/home/ada", ("fetch",)),))
    assert (
        snippet(workload, facts, Strategy("threads", 32), 4)
        == """\
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fetch import fetch


def run_slice(part):
    return [fetch(item) for item in part]


items = Path("urls.txt").read_text(encoding="utf-8").splitlines()
parts = [items[start : start + 4] for start in range(0, len(items), 4)]
with ThreadPoolExecutor(32) as pool:
    slices = list(pool.map(run_slice, parts))
    results = [result for part in slices for result in part]
"""
    )


def test_tasks_wait_for_a_semaphore() -> None:
    workload = Workload("fetch", ("fetch.py:fetch",), "lines:urls.txt", folder="/home/ada")
    facts = facts_of(imports=(Import("fetch.py", "fetch", "/home/ada", ("fetch",)),), is_async=True)
    assert (
        snippet(workload, facts, Strategy("asyncio", 50), 1)
        == """\
import asyncio
from pathlib import Path

from fetch import fetch


async def main():
    semaphore = asyncio.Semaphore(50)

    async def limited(item):
        async with semaphore:
            return await fetch(item)

    return await asyncio.gather(*(limited(item) for item in items))


items = Path("urls.txt").read_text(encoding="utf-8").splitlines()
results = asyncio.run(main())
"""
    )


@pytest.mark.parametrize(
    ("pool", "lines"),
    [
        ("dask", ['with Client("host:8786") as client:', "futures = client.map(fetch, items, pure=False)"]),
        ("ray", ['ray.init(address="host:8786")', "results = ray.get([run_one.remote(item) for item in URLS])"]),
    ],
)
def test_a_cluster_that_runs_is_named_by_its_address(pool: str, lines: list[str]) -> None:
    workload = Workload("fetch", ("fetch.py:fetch",), "URLS", folder="/home/ada")
    facts = facts_of(imports=(Import("fetch.py", "fetch", "/home/ada", ("fetch", "URLS")),))
    code = snippet(workload, facts, Strategy(pool, 8, address="host:8786"), 1)
    assert code.startswith("# the cluster's workers must be able to import fetch\n")
    assert [line for line in lines if line not in code] == []


@pytest.mark.parametrize(
    ("python", "note"),
    [
        (Python(), ""),
        (Python("/opt/python3.15"), "# measured with /opt/python3.15\n"),
        (Python("", "3.15"), "# measured with Python 3.15\n"),
        (
            Python("/opt/3.14t", "3.14t with its GIL", gil_on=True),
            "# measured with Python 3.14t with its GIL (/opt/3.14t), with PYTHON_GIL=1\n",
        ),
    ],
)
def test_the_python_is_named_where_it_is_another(python: Python, note: str) -> None:
    workload = Workload("square", ("app.py:square",), "NUMBERS", folder="/home/ada")
    facts = facts_of(imports=(Import("app.py", "app", "/home/ada", ("square", "NUMBERS")),))
    code = snippet(workload, facts, replace(SERIAL, python=python), 1)
    assert code.startswith(note or "from app")
    assert "os.environ" not in code


def test_who_asks_workers_for_a_module_that_lies_elsewhere_tells_ray_the_folder() -> None:
    workload = Workload("near", ("below/far.py:near",), "LIST", folder="/home/ada")
    facts = facts_of(imports=(Import("below/far.py", "far", "/home/ada/below", ("near", "LIST")),))
    code = snippet(workload, facts, Strategy("ray", 2), 1)
    assert '"PYTHONPATH": os.path.abspath("below")' in code
    assert "import os\n" in code


def test_who_cannot_tell_workers_of_a_file_with_a_name_that_is_taken_says_so() -> None:
    imports = (Import("json.py", "json_", "/home/ada", ("work", "LIST"), "/home/ada/json.py"),)
    workload = Workload("work", ("json.py:work",), "LIST", folder="/home/ada")
    for pool, is_told in (("loky", True), ("dask", True), ("interpreters", False), ("processes", False)):
        code = snippet(workload, facts_of(imports=imports), Strategy(pool, 2), 1)
        assert ("rename the file" in code) is is_told


def test_long_lines_are_broken() -> None:
    names = tuple(f"a_name_that_is_quite_long_{number}" for number in range(4))
    imports = (Import("app.py", "app", "/home/ada", names),)
    targets = tuple(f"app.py:{name}(1)" for name in names)
    calls = snippet(Workload("", targets, folder="/home/ada"), facts_of(imports=imports), PROCESSES, 1)
    workload = Workload("", (f"app.py:{names[0]}",), names[1], folder="/home/ada")
    items = snippet(workload, facts_of(imports=imports, unpacked=True), PROCESSES, 16)
    pools = [
        snippet(workload, facts_of(imports=imports, is_async=True), Strategy(pool, 2), chunksize)
        for pool in ("asyncio", "dask", "ray", "loky", "interpreters")
        for chunksize in (1, 16)
    ]
    for code in (calls, items, *pools):
        assert max(map(len, code.splitlines())) <= 88
        compile(code, "<snippet>", "exec")
