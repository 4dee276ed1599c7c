"""The flows of comparing, checking and testing claims, and the face of the library: here the rooms meet."""

from whichpool.comparison.face import Interrupted, compare
from whichpool.comparison.flow import compare_workload
from whichpool.comparison.watching import Progress, Watch

__all__ = ["Interrupted", "Progress", "Watch", "compare", "compare_workload"]
