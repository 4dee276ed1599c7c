"""The flow of a comparison, and the library's face to it. Here the rooms that do not know each other meet."""

from whichpool.comparison.face import Interrupted, compare
from whichpool.comparison.flow import compare_workload
from whichpool.comparison.watching import Progress, Watch

__all__ = ["Interrupted", "Progress", "Watch", "compare", "compare_workload"]
