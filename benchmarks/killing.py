"""Is a job that is killed at random moments, and resumed each time, run to its end exactly once on record?

``whichpool run`` works on items that note in a log when they begin and end, and is killed with SIGKILL twenty times,
each time at a moment drawn by chance, before it is let finish. Every fourth time chance begins with the process, and
may meet it while it starts or reads the record; else with its first new result, in the midst of work. Shown is what was
on disk at each kill, how many items on disk were begun again after it (none must be), and how many were run more than
once because their results were not on disk yet.

Run it: ``python benchmarks/killing.py [KILLS]``. It takes about half a minute.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

KILLS = 20
ITEMS = 4000
LONGEST_S = 0.6
FROM_THE_START = 4
TARGET = """
import os, time

def note(word, number):
    log = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, f"{word} {number}\\n".encode())
    os.close(log)

def work(number):
    note("begin", number)
    until_s = time.perf_counter() + 0.005
    while time.perf_counter() < until_s:
        pass
    note("end", number)
    return number * number
"""


def command(*more: str) -> list[str]:
    """Write the command that begins the job or goes on with it."""
    items = ("--items", f"range({ITEMS})", "--out", "out.jsonl", "--resume")
    return [sys.executable, "-m", "whichpool", "run", "jobs.py:work", *items, *more]


def on_disk(folder: Path) -> list[int]:
    """List the items that are on record."""
    file = folder / "out.jsonl"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [json.loads(line)["index"] for line in text.splitlines(keepends=True) if line.endswith("\n")]


def begun(folder: Path) -> Counter[int]:
    """Count how many times each item was begun."""
    log = folder / "log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return Counter(int(line.split()[1]) for line in lines if line.startswith("begin"))


def wait_for_more(folder: Path, count: int, job: "subprocess.Popen[bytes]") -> None:
    """Wait until there are more results on record than before, or the job has ended."""
    while len(on_disk(folder)) <= count and job.poll() is None:
        time.sleep(0.01)


def main() -> None:
    """Print the table, and fail if a promise was not kept."""
    kills = int(sys.argv[1]) if sys.argv[1:] else KILLS
    table = Table("kill", "after", "on disk", "begun again of those on disk before")
    broken = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "jobs.py").write_text(TARGET, encoding="utf-8")
        before: list[int] = []
        begun_before: Counter[int] = Counter()
        for kill in range(1, kills + 1):
            after_s = random.uniform(0, LONGEST_S)
            with subprocess.Popen(command(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
                if kill % FROM_THE_START:
                    wait_for_more(folder, len(before), job)
                time.sleep(after_s)
                job.kill()
            time.sleep(0.2)  # until the workers have noticed
            begun_now = begun(folder)
            again = sum(begun_now[index] > begun_before[index] for index in before)
            before, begun_before = on_disk(folder), begun_now
            broken += again + len(before) - len(set(before))
            table.add_row(str(kill), f"{after_s:.2f} s", f"{len(before):,}", str(again))
        done = subprocess.run(command(), cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False)
        recorded = Counter(on_disk(folder))
        begun_now = begun(folder)
        Console().print(table)
        print(done.stdout.strip().splitlines()[-1])
        print(f"on record: {len(recorded):,} of {ITEMS:,} items, {sum(recorded.values()) - len(recorded)} twice")
        print(f"begun more than once, because not on disk when killed: {sum(c > 1 for c in begun_now.values()):,}")
    holds = not broken and len(recorded) == ITEMS == sum(recorded.values())
    print("holds" if holds else "MISSED")
    sys.exit(not holds)


if __name__ == "__main__":
    main()
