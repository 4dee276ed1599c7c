"""How often is a 400 MB array copied that 200 calls in worker processes share?

The array gets to the calls bound to the function, captured by it, or as an argument of each. Watched from outside is
the memory of the caller and all its workers (proportional set sizes, so what is shared counts once): how much there was
at one instant beyond what the prepared caller had, and how much it grew in all, which also counts copies that are
freed before the next is made. What was written to pipes is told by the kernel, what was sent by the job's report.

``python benchmarks/sharing.py [WAY …]``
"""

import math
import sys
from pathlib import Path
from subprocess import CalledProcessError

from rich.console import Console
from rich.table import Table
from sharing_job import ARRAY_BYTES, CALLS, WAYS
from watched import watch

from whichpool.wording import size

PROGRAM = Path(__file__).with_name("sharing_job.py")
MOST_COPIES = 4.0
"""One for shared memory and one for each of a few workers, which is still no copy a call."""


def main() -> None:
    """Print the table, and whether the target holds."""
    ways = sys.argv[1:] or list(WAYS)
    table = Table("the array as", "in", "sent", "written", "most at once", "grown in all", "copies", "right")
    most = 0.0
    for way in ways:
        for loop in ((), ("--loop",)):
            try:
                seen = watch(PROGRAM, (way, *loop))
            except CalledProcessError as error:
                most = math.inf
                table.add_row(way, f"fails: exit code {error.returncode}")
                continue
            sent, written, right, ended_on = seen.output.strip().split(" ", 3)
            copies = max(int(sent), int(written), seen.grown_bytes) / ARRAY_BYTES
            most = max(most, copies if right == "1" else math.inf)
            amounts = (int(sent), int(written), seen.added_bytes, seen.grown_bytes)
            table.add_row(way, ended_on, *map(size, amounts), f"{copies:.2f}", "yes" if right == "1" else "NO")
    console = Console(width=120)
    console.print(table)
    verdict = "holds" if most <= MOST_COPIES else "MISSED"
    console.print(f"at most {MOST_COPIES:.0f} copies for {CALLS} calls: {most:.2f}, {verdict}")


if __name__ == "__main__":
    main()
