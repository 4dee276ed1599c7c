"""What ``import whichpool`` and ``whichpool --version`` cost, beside imports that everybody knows.

Fresh interpreters, in shuffled rounds; the ratios are of the same round. What a bare interpreter takes is taken off.

``python benchmarks/startup.py [ROUNDS]``
"""

import random
import statistics
import subprocess
import sys
from time import perf_counter

from rich.console import Console
from rich.table import Table

from whichpool.wording import duration

ROUNDS = 21
BARE = "nothing"
REFERENCE = "import concurrent.futures.process"
MOST = 1.5
PROGRAMS = {
    BARE: "",
    REFERENCE: REFERENCE,
    "import whichpool": "import whichpool",
    "whichpool --version": "import sys; sys.argv[1:] = ['--version']; from whichpool.cli import main; main()",
    "import whichpool.comparison": "import whichpool.comparison",
}


def time_of(program: str) -> float:
    """Run a program in a fresh interpreter and take the time."""
    begun_s = perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun_s


def main() -> None:
    """Print the table, and whether the target holds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(rounds):
        for name in random.sample(list(PROGRAMS), len(PROGRAMS)):
            times[name].append(time_of(PROGRAMS[name]))
    added = {name: [one - bare for one, bare in zip(found, times[BARE], strict=True)] for name, found in times.items()}
    console = Console()
    table = Table("program", "added, median", "times the reference", title=f"{rounds} rounds")
    ratios = {}
    for name, found in added.items():
        ratios[name] = statistics.median(found) / statistics.median(added[REFERENCE])
        table.add_row(name, duration(max(0.0, statistics.median(found))), f"{ratios[name]:.2f}")
    console.print(table)
    held = ratios["import whichpool"] <= MOST
    console.print(f"import whichpool costs at most {MOST} times the reference: {'holds' if held else 'MISSED'}")


if __name__ == "__main__":
    main()
