"""A program and what memory it and all its descendants have while it runs, as seen from outside.

The program says a line when it is prepared and waits for one before it begins, so that what it has by then can be taken
off. Memory is the sum of proportional set sizes: what processes share counts once.
"""

import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import sleep

from whichpool.lab.descendants import Descendants
from whichpool.machine.process_memory import proportional_bytes

EVERY_S = 0.010


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a program.

    Attributes:
        before_bytes: What it had when it was prepared.
        sizes_bytes: What it and its descendants had, look by look.
        output: What it wrote behind its first line.
    """

    before_bytes: int
    sizes_bytes: tuple[int, ...]
    output: str

    @property
    def steady_bytes(self) -> list[int]:
        """The sizes without those that stand alone: while a process forks, it can be seen whole, and its half again."""
        triples = zip(self.sizes_bytes, self.sizes_bytes[1:], self.sizes_bytes[2:], strict=False)
        return [int(statistics.median(three)) for three in triples] or [*self.sizes_bytes]

    @property
    def peak_bytes(self) -> int:
        """The most that there was at one instant."""
        return max(self.steady_bytes, default=self.before_bytes)

    @property
    def added_bytes(self) -> int:
        """How much more that is than what the program had when it was prepared."""
        return max(0, self.peak_bytes - self.before_bytes)

    @property
    def grown_bytes(self) -> int:
        """All growth together, whatever was given back between: what is copied, freed and copied again counts twice."""
        steady = [self.before_bytes, *self.steady_bytes]
        return sum(max(0, after - before) for before, after in pairwise(steady))


def watch(program: Path, arguments: Sequence[str]) -> Watched:
    """Run a Python program and look at the memory of its tree every 10 ms.

    Raises:
        subprocess.CalledProcessError: It ended badly.
    """
    command = [sys.executable, str(program), *arguments]
    descendants = Descendants()
    sizes: list[int] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None or not process.stdout.readline():
            process.kill()
            raise subprocess.CalledProcessError(process.wait(), command)
        before_bytes = _tree_bytes(descendants)
        process.stdin.write("\n")
        process.stdin.flush()
        while process.poll() is None:
            sizes.append(_tree_bytes(descendants))
            sleep(EVERY_S)
        output = process.stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Watched(before_bytes, tuple(size for size in sizes if size), output)


def _tree_bytes(descendants: Descendants) -> int:
    return sum(proportional_bytes(process) or 0 for process in descendants.find())
