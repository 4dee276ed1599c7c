"""Whether the share of time for which an item holds the GIL lies in the band that a dissection reports.

The mixtures below hold the GIL for a time that they take themselves. Run alone in a child, without whichpool, before
and after each dissection, they tell the truth; the dissection runs in a child as for any workload. A share is no more
certain than the machine is quiet: run it where nothing else runs.

``python benchmarks/anatomy.py [--runs N] [--only MIXTURE ...] [PYTHON ...]``; the file itself needs nothing but the
standard library, because every Python measured imports it.
"""

import argparse
import ctypes
import hashlib
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, sleep, thread_time
from typing import NamedTuple

from whichpool.lab.launch import Laboratory
from whichpool.values import Band, Failure, Options, Python, Workload

RUNS = 20
VERSIONS = ("3.11", "3.15")
BOX_S = 3.4  # of which the probe takes a little less than half
ALONE_S = 0.5
LIMIT_S = 60.0
CYCLE_S = 0.02
WIDEST = 0.2
SHARE_RIGHT = 0.95

PIECE = bytes(200_000)
BLOCK = bytes(4 << 20)
NUMBERS = random.Random(0).choices(range(10**6), k=60_000)
TEXT = "share of time " * 2_000
HOLDING_SLEEP = ctypes.PyDLL(None).usleep


def spin(seconds: float) -> float:
    """Compute in Python for so much CPU time, and tell how long that took."""
    begun_s, cpu_s = perf_counter(), thread_time()
    while thread_time() - cpu_s < seconds:
        pass
    return perf_counter() - begun_s


def timed(call: Callable[[], object]) -> float:
    """Call what holds the GIL all the time, and tell how long it took."""
    begun_s = perf_counter()
    call()
    return perf_counter() - begun_s


class Mixture(NamedTuple):
    """A cycle of holding the GIL and of letting go of it.

    Attributes:
        hold: Holds the GIL, and tells for how long.
        rest: Does not hold it.
        is_short: Whether the holds are too short for a narrow band to be asked for.
    """

    hold: Callable[[], float]
    rest: Callable[[], object]
    is_short: bool = False


def hash_of(data: bytes) -> Callable[[], object]:
    """Make a computation that lets go of the GIL."""
    return lambda: hashlib.sha256(data)


def rest_for(seconds: float) -> Callable[[], object]:
    """Make a sleep."""
    return lambda: sleep(seconds)


def hold_for(seconds: float) -> Callable[[], float]:
    """Make a spell of computing in Python."""
    return lambda: spin(seconds)


MIXTURES = {
    "spin": Mixture(hold_for(5e-3), lambda: None),
    "sleep": Mixture(lambda: 0.0, rest_for(5e-3)),
    "hash": Mixture(lambda: 0.0, hash_of(BLOCK)),
    "spin 50 sleep 50": Mixture(hold_for(5e-3), rest_for(5e-3)),
    "spin 20 sleep 80": Mixture(hold_for(5e-3), rest_for(20e-3)),
    "spin 50 hash 50": Mixture(hold_for(2e-3), hash_of(BLOCK)),
    "spin 5 ms, hash 15 MB": Mixture(hold_for(5e-3), hash_of(4 * BLOCK)),
    "sorted": Mixture(lambda: timed(lambda: sorted(NUMBERS)), rest_for(20e-3)),
    "sum": Mixture(lambda: timed(lambda: sum(range(400_000))), rest_for(10e-3)),
    "re": Mixture(lambda: timed(lambda: re.findall(r"(\w+)\s(\w+)", TEXT)), rest_for(5e-3)),
    "power": Mixture(lambda: timed(lambda: pow(3, 100_000)), rest_for(3e-3)),
    "call by ctypes.PyDLL": Mixture(lambda: timed(lambda: HOLDING_SLEEP(3_000)), rest_for(3e-3)),
    "hold 0.1 ms, sleep": Mixture(hold_for(0.1e-3), rest_for(0.3e-3), is_short=True),
    "hold 0.1 ms, hash": Mixture(hold_for(0.1e-3), hash_of(PIECE), is_short=True),
    "hold 0.5 ms, sleep": Mixture(hold_for(0.5e-3), rest_for(0.5e-3)),
    "hold 0.5 ms, hash": Mixture(hold_for(0.5e-3), hash_of(PIECE)),
    "hold 5 ms, hash": Mixture(hold_for(5e-3), hash_of(BLOCK)),
    "hold 20 ms, sleep": Mixture(hold_for(20e-3), rest_for(20e-3)),
    "hold 20 ms, hash": Mixture(hold_for(20e-3), hash_of(4 * BLOCK)),
}


def run(name: str) -> float:
    """Run a mixture for about 20 ms, or one cycle where that takes longer: one item. Tells the time it held the GIL."""
    mixture, held_s, begun_s = MIXTURES[name], 0.0, perf_counter()
    while True:
        held_s += mixture.hold()
        mixture.rest()
        if perf_counter() - begun_s > CYCLE_S:
            return held_s


def alone(name: str) -> None:
    """Print for how long a mixture held the GIL, and of how long, in about half a second."""
    run(name)
    held_s, begun_s = 0.0, perf_counter()
    while perf_counter() - begun_s < ALONE_S:
        held_s += run(name)
    print(held_s, perf_counter() - begun_s)


class Trial(NamedTuple):
    """One dissection: the band it reported, and the truth."""

    band: Band
    truth: float

    @property
    def right(self) -> bool:
        """Whether the truth lies in the band."""
        return self.band.low <= self.truth <= self.band.high


def attempt(python: Path, name: str) -> Trial:
    """Dissect a mixture, and have it run alone before and after."""
    here = Path(__file__).resolve()
    lab = Laboratory(Workload(name, (f"{here.name}:run",), f"[{name!r}] * 64", folder=str(here.parent)))
    times = [truth(python, name)]
    found = lab.dissect(Python(str(python)), Options(pools=("serial",)), BOX_S, LIMIT_S)
    times.append(truth(python, name))
    if isinstance(found, Failure) or found.anatomy is None:
        raise RuntimeError(found)
    held_s, all_s = map(sum, zip(*times, strict=True))
    return Trial(found.anatomy.gil_held, held_s / all_s)


def truth(python: Path, name: str) -> tuple[float, float]:
    """Run a mixture alone in a child: for how long it held the GIL, and of how long."""
    import whichpool  # noqa: PLC0415 - only to tell the child where it is

    environment = {**os.environ, "PYTHONPATH": str(Path(whichpool.__file__).parents[1])}
    command = [str(python), __file__, "--alone", name]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    held_s, all_s = map(float, said.split())
    return held_s, all_s


def find_python(version: str) -> Path | None:
    """Find a Python of a version on PATH, in pyenv, or in the folders that WHICHPOOL_PYTHONS names."""
    if version == "{}.{}".format(*sys.version_info):
        return Path(sys.executable)
    name = f"python{version}"
    places = [
        *sorted(Path("~/.pyenv/versions").expanduser().glob(f"*/bin/{name}")),
        *[Path(folder, name) for folder in os.environ.get("WHICHPOOL_PYTHONS", "").split(os.pathsep) if folder],
        *[Path(found) for found in [shutil.which(name)] if found],
    ]
    return next((place for place in places if place.is_file()), None)


def pythons(named: list[str]) -> Iterator[tuple[str, Path]]:
    """Give the Pythons to measure, with what to call them."""
    for one in named or VERSIONS:
        path = Path(one) if os.sep in one else find_python(one)
        if path is None:
            print(f"no python{one} on PATH, in pyenv or in WHICHPOOL_PYTHONS: left out")
        else:
            yield one if os.sep not in one else path.name, path


def report(version: str, name: str, trials: list[Trial]) -> bool:
    """Print a row; True if it holds the targets."""
    right = sum(trial.right for trial in trials)
    widths = [trial.band.width for trial in trials]
    narrow = MIXTURES[name].is_short or statistics.median(widths) <= WIDEST
    holds = right >= SHARE_RIGHT * len(trials) and narrow
    print(
        f"{version:>10}  {name:24}"
        f"{statistics.median(trial.truth for trial in trials):8.3f}"
        f"{statistics.median(trial.band.low for trial in trials):9.3f} to "
        f"{statistics.median(trial.band.high for trial in trials):.3f}"
        f"{statistics.median(widths):9.3f}{max(widths):9.3f}"
        f"{right:6} of {len(trials)}  {'holds' if holds else 'MISSED'}",
        flush=True,
    )
    for trial in trials:
        if not trial.right:
            print(f"{'':12}{trial.band.low:.3f} to {trial.band.high:.3f} where it was {trial.truth:.3f}")
    return holds


def main() -> None:
    """Print the table, and how many rows hold the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="*", help="versions such as 3.15, or paths")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--only", nargs="+", choices=MIXTURES, default=list(MIXTURES), metavar="MIXTURE")
    parser.add_argument("--alone", choices=MIXTURES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        alone(arguments.alone)
        return
    print(f"{'Python':>10}  {'mixture':24}{'truth':>8}{'band, medians':>18}{'width':>9}{'widest':>9}{'right':>9}")
    held = [
        report(version, name, [attempt(python, name) for _ in range(arguments.runs)])
        for version, python in pythons(arguments.python)
        for name in arguments.only
    ]
    print(f"{sum(held)} of {len(held)} rows hold: right at least {SHARE_RIGHT:.0%}, and not wider than {WIDEST}")


if __name__ == "__main__":
    main()
