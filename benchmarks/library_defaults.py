"""What a job costs with the defaults of the pools that people know, each in a fresh process.

Each job is a script as a person would write it. The clock starts when the library and the example are imported and the
items are made, and stops when the pool is closed. joblib keeps its workers for the next job, so ending them is not in
its time.
"""

import contextlib
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from examples import FOLDER, Example

TO_LOAD_S = 5.0
TO_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Library:
    """A pool as people know it.

    Attributes:
        name: What to call it in tables.
        package: What must be installed.
        imported: The line that imports it.
        body: The lines that open it, map the function over the items, and close it.
    """

    name: str
    package: str
    imported: str
    body: tuple[str, ...]


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

SCRIPT = """\
import sys
from time import perf_counter

{imported}

sys.path.insert(0, {folder!r})
import {module} as target

function, items = target.{function}, {items}


def main():
    begun_s = perf_counter()
    {body}
    print(perf_counter() - begun_s)


if __name__ == "__main__":
    main()
"""


def installed_libraries() -> Iterator[Library]:
    """Give the libraries that can be tried here, and say which are missing."""
    for library in LIBRARIES:
        if find_spec(library.package) is None:
            print(f"{library.name} is not installed: pip install '.[benchmarks]'", flush=True)
        else:
            yield library


def time_default(library: Library, example: Example, folder: Path, limit_s: float) -> float | None:
    """Run an example's whole job with a library's defaults and give its time in seconds.

    Args:
        library: What to run it in.
        example: What to run.
        folder: Where the script may be written.
        limit_s: When the job is cut.

    Returns:
        The time, which is infinite for a job that was cut; None where the library fails, with its reason printed.
    """
    script = folder / "script.py"
    script.write_text(by_hand(library, example), encoding="utf-8")
    try:
        output, complaints, exit_code = _run(script, limit_s + TO_LOAD_S)
    except subprocess.TimeoutExpired:
        return math.inf
    if exit_code == 0:
        return float(output.split()[-1])
    reason = complaints.strip().splitlines()[-1:] or [f"exit code {exit_code}"]
    print(f"{example.name}: {library.name} fails: {reason[0]}", flush=True)
    return None


def by_hand(library: Library, example: Example) -> str:
    """Write the script that a person would."""
    place, _, function = example.target.partition(":")
    path = FOLDER / place
    return SCRIPT.format(
        imported=library.imported,
        folder=str(path.parent),
        module=path.stem,
        function=function,
        items=f"target.{example.items}" if example.items.isidentifier() else example.items,
        body="\n    ".join(library.body),
    )


def _run(script: Path, limit_s: float) -> tuple[str, str, int]:
    """Run a script in a session of its own, so that nothing is left of it if it must be stopped."""
    with subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
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
