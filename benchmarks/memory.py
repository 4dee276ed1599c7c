"""How much memory does ``whichpool.map`` take for a great many items from a generator, beside the loop?

Each job runs in a fresh process, in turns; watched are the most that it and its workers had at one instant
(proportional set sizes) and the most that the caller alone had (``VmHWM``). What the interpreter and its imports take
is in it. Medians of a few turns.

``python benchmarks/memory.py [TURNS]``
"""

import statistics
import sys
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from watched import watch

from whichpool.wording import size

TURNS = 3
MOST_BYTES = 30 << 20
PROGRAM = Path(__file__).with_name("memory_job.py")
JOBS = (
    ("square", 10_000_000, ("any",)),
    ("spin", 300_000, ("any", "threads", "processes")),
)
"""The work, the number of items, and the pools that whichpool.map may use."""


def main() -> None:
    """Print the table, and whether the target holds."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    console = Console(width=120)
    table = Table("job", "ended on", "peak of all", "over the loop", "peak of the caller", "over the loop", "")
    for work, count, pools in JOBS:
        all_bytes, caller_bytes, ended_on = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list), {}
        for way in ("loop", *pools) * turns:
            seen = watch(PROGRAM, (work, str(count), way))
            caller, ended_on[way] = seen.output.strip().split(" ", 1)
            all_bytes[way].append(seen.peak_bytes)
            caller_bytes[way].append(int(caller))
        for way in ("loop", *pools):
            peaks = [int(statistics.median(sizes[way])) for sizes in (all_bytes, caller_bytes)]
            over = [
                peak - int(statistics.median(sizes["loop"]))
                for peak, sizes in zip(peaks, (all_bytes, caller_bytes), strict=True)
            ]
            verdict = "" if way == "loop" else "holds" if max(over) <= MOST_BYTES else "MISSED"
            cells = [text for peak, more in zip(peaks, over, strict=True) for text in (size(peak), size(max(0, more)))]
            table.add_row(f"{count:,} × {work}, {way}", ended_on[way], *cells, verdict)
    console.print(table, f"at most {MOST_BYTES >> 20} MiB over the loop is the target")


if __name__ == "__main__":
    main()
