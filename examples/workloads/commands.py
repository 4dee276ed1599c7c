"""Running programs: each item starts another program and waits for what it prints.

The work is done elsewhere, in a process that the item itself starts; here one only waits, so threads are enough, and
a pool of processes would start processes to start processes.
"""

import subprocess
import sys

ITEMS = list(range(120))


def output(number: int) -> str:
    """Let another Python, as bare as it comes, print the square of a number."""
    command = [sys.executable, "-I", "-S", "-c", f"print({number} ** 2)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
