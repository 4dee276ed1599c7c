"""Waiting and nothing else: ask devices for a reading, three times each.

Sleeps of 3 to 7 ms stand for the devices. No core is busy, so far more workers pay than there are cores.
"""

import time

ITEMS = list(range(60))


def poll(device: int) -> float:
    """Ask a device three times and take the middle of its answers."""
    readings = []
    for attempt in range(3):
        time.sleep(0.003 + (device + attempt) % 5 / 1000)
        readings.append((device * 37 + attempt * 11) % 100 / 10)
    return sorted(readings)[1]
