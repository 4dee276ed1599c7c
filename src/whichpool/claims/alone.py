"""An experiment run by itself: ``python -m whichpool.claims.heap``."""

import json
import sys
from collections.abc import Callable

from whichpool.values import Judgement, Measured


def run_alone(measure: Callable[[], Measured], judge: Callable[[Measured], Judgement]) -> None:
    """Measure, judge, and write both to standard output."""
    measured = measure()
    judgement = judge(measured)
    lines = [json.dumps(measured, indent=2), judgement.seen, f"{judgement.holds}: {judgement.reason}"]
    sys.stdout.write("\n".join(lines) + "\n")
