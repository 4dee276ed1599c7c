"""A module that starts a thread when it is imported; a fork copies its locks, but not the thread (cpython#100228)."""

import threading
import time

LATEST = {"seconds": 0.0}


def _keep_time():
    while True:
        LATEST["seconds"] = time.time()
        time.sleep(0.5)


threading.Thread(target=_keep_time, name="timekeeper", daemon=True).start()


# label: hazard threads-at-fork | items: range(3)
def work(number):
    return number * number
