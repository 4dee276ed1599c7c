"""An experiment run by itself: ``python -m whichpool.claims.heap``."""

import json
import signal
import sys
from collections.abc import Callable

from whichpool.values import Judgement, Measured


def run_alone(measure: Callable[[], Measured], judge: Callable[[Measured], Judgement]) -> None:
    """Measure, judge, and write both to standard output; SIGTERM ends it as Ctrl-C does, and so its processes too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    measured = measure()
    judgement = judge(measured)
    lines = [json.dumps(measured, indent=2), judgement.seen, f"{judgement.holds}: {judgement.reason}"]
    sys.stdout.write("\n".join(lines) + "\n")
