"""What a job costs with the defaults of the pools that people know, each in a fresh process.

Each job is a script as a person would write it. The clock starts when the library and the example are imported and the
items are made, and stops when the pool is closed. joblib keeps its workers for the next job, and Ray its cluster, so
ending them is not in their time; starting them is.
"""

import contextlib
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from examples import FOLDER, Example

TO_LOAD_S = 5.0
TO_END_S = 5.0
TOLD = "this job took"


@dataclass(frozen=True, slots=True)
class Library:
    """A pool as people know it.

    Attributes:
        name: What to call it in tables.
        package: What must be installed.
        imported: The line that imports it.
        body: The lines that open it, map the function over the items, and close it.
        note: What it can say of the job when the clock has stopped, as an expression; a line of text.
    """

    name: str
    package: str
    imported: str
    body: tuple[str, ...]
    note: str = "''"


@dataclass(frozen=True, slots=True)
class Ran:
    """A job that ran with a library's defaults.

    Attributes:
        job_s: What it took; infinite where it was cut.
        note: What the library said of it.
    """

    job_s: float
    note: str = ""


PLAIN_LOOP = Library(
    "plain loop",
    "builtins",
    "",
    ("results = [function(item) for item in items]",),
)
LIBRARIES = (
    Library(
        "ThreadPoolExecutor",
        "concurrent",
        "from concurrent.futures import ThreadPoolExecutor",
        ("with ThreadPoolExecutor() as pool:", "    results = list(pool.map(function, items))"),
    ),
    Library(
        "ProcessPoolExecutor",
        "concurrent",
        "from concurrent.futures import ProcessPoolExecutor",
        ("with ProcessPoolExecutor() as pool:", "    results = list(pool.map(function, items))"),
    ),
    Library(
        "multiprocessing.Pool",
        "multiprocessing",
        "from multiprocessing import Pool",
        ("with Pool() as pool:", "    results = pool.map(function, items)"),
    ),
    Library(
        "joblib",
        "joblib",
        "from joblib import Parallel, delayed",
        ("results = Parallel(n_jobs=-1)(delayed(function)(item) for item in items)",),
    ),
    Library(
        "mpire",
        "mpire",
        "from mpire import WorkerPool",
        ("with WorkerPool() as pool:", "    results = pool.map(function, items)"),
    ),
)
CLUSTERS = (
    Library(
        "dask.bag",
        "dask",
        "import dask.bag as bag",
        ("results = bag.from_sequence(items).map(function).compute()",),
    ),
    Library(
        "ray's Pool",
        "ray",
        "from ray.util.multiprocessing import Pool",
        ("with Pool() as pool:", "    results = pool.map(function, items)"),
    ),
)
WHICHPOOL = Library(
    "whichpool.map",
    "whichpool",
    "from whichpool import map as pool_map",
    ("results = pool_map(function, items)", "values = list(results)"),
    note="results.report.pool",
)
EXECUTOR = Library(
    "whichpool.Executor",
    "whichpool",
    "from whichpool import Executor",
    ("with Executor() as pool:", "    results = list(pool.map(function, items))"),
    note="pool.report",
)

SCRIPT = """\
from time import perf_counter

{imported}

import {module} as target

function, items = target.{function}, {items}


def main():
    begun_s = perf_counter()
    {body}
    job_s = perf_counter() - begun_s
    print("{told}", job_s, " ".join(str({note}).split()), sep="\\t")


if __name__ == "__main__":
    main()
"""


def installed_libraries(libraries: Iterable[Library] = LIBRARIES) -> Iterator[Library]:
    """Give the libraries that can be tried here, and say which are missing."""
    for library in libraries:
        if find_spec(library.package) is None:
            print(f"{library.name} is not installed: pip install '.[benchmarks]'", flush=True)
        else:
            yield library


def time_default(library: Library, example: Example, folder: Path, limit_s: float) -> float | None:
    """Run an example's whole job with a library's defaults and give its time in seconds; see :func:`run_default`."""
    ran = run_default(library, example, folder, limit_s)
    return None if ran is None else ran.job_s


def run_default(library: Library, example: Example, folder: Path, limit_s: float) -> Ran | None:
    """Run an example's whole job with a library's defaults.

    Args:
        library: What to run it in.
        example: What to run.
        folder: Where the script, and whatever a library keeps in files, may be written.
        limit_s: When the job is cut.

    Returns:
        Its time, which is infinite for a job that was cut; None where the library fails, with its reason printed.
    """
    script = folder / "script.py"
    script.write_text(by_hand(library, example), encoding="utf-8")
    try:
        output, complaints, exit_code = _run(script, _home(example), limit_s + TO_LOAD_S)
    except subprocess.TimeoutExpired:
        return Ran(math.inf)
    if exit_code == 0:
        told = next(line for line in reversed(output.splitlines()) if line.startswith(TOLD))  # others may print as well
        _, job_s, note = told.split("\t")
        return Ran(float(job_s), note)
    reason = complaints.strip().splitlines()[-1:] or [f"exit code {exit_code}"]
    print(f"{example.name}: {library.name} fails: {reason[0]}", flush=True)
    return None


def by_hand(library: Library, example: Example) -> str:
    """Write the script that a person would."""
    place, _, function = example.target.partition(":")
    return SCRIPT.format(
        imported=library.imported,
        module=Path(place).stem,
        function=function,
        items=f"target.{example.items}" if example.items.isidentifier() else example.items,
        body="\n    ".join(library.body),
        note=library.note,
        told=TOLD,
    )


def _home(example: Example) -> Path:
    return (FOLDER / example.target.partition(":")[0]).parent


def _run(script: Path, home: Path, limit_s: float) -> tuple[str, str, int]:
    """Run a script in a session of its own, so that nothing is left of it if it must be stopped.

    Ray's workers find the example by ``PYTHONPATH`` alone: a path that the script adds is not handed on to them.
    Libraries that are installed have their bytecode, and whichpool out of this folder gets its own in the first round.
    """
    ray = {"RAY_TMPDIR": str(script.parent), "RAY_USAGE_STATS_ENABLED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    with subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | ray | {"PYTHONPATH": str(home)},
    ) as process:
        try:
            output, complaints = process.communicate(timeout=limit_s)
        except BaseException:
            _end(process)
            raise
        return output, complaints, process.returncode


def _end(process: "subprocess.Popen[str]") -> None:
    """End a script and its workers: politely first, because resource trackers then clean up."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=TO_END_S)  # ends when nobody is left who could still write
            return
