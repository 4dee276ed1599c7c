"""The flows of comparing and of checking, and the library's face. Here the rooms that do not know each other meet."""

from whichpool.comparison.face import Interrupted, check, compare
from whichpool.comparison.flow import compare_workload
from whichpool.comparison.watching import Progress, Watch

__all__ = ["Interrupted", "Progress", "Watch", "check", "compare", "compare_workload"]
