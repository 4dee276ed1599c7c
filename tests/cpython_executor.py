"""Judge ``whichpool.Executor`` by CPython's own tests of executors: those of the Python that runs this script.

``make suite`` runs it. The generic tests are imported from ``test.test_concurrent_futures`` and put on our executor in
three modes: as it begins, in threads; in processes alone; and mixed, where a function moves to processes after its
first call. What does not apply is listed here with its reason, and shown as skipped.
"""

# ruff: noqa: T201 - a script speaks for itself

import argparse
import platform
import sys
import unittest
from collections import Counter
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest import mock

from whichpool.running.executors.executor import Executor
from whichpool.running.executors.gil_watch import Call, GilWatch

PACKAGE = "test.test_concurrent_futures"
FOLDERS = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")]

GENERIC = {
    "executor": ("ExecutorTest",),
    "test_as_completed": ("AsCompletedTests",),
    "test_init": ("InitializerMixin", "FailingInitializerMixin"),
    "test_shutdown": ("ExecutorShutdownTest",),
    "test_wait": ("WaitTests",),
}
FOR_PROCESSES = {"test_deadlock": ("ExecutorDeadlockTest",)}
"""CPython has these for pools of processes only: they crash workers."""

NOT_FOR_US = {
    "Mixed_FailingInitializerMixin.test_initializer": (
        "the executor breaks in its threads, and the test looks for the log in worker processes, which never start"
    ),
    "Processes_ExecutorDeadlockTest.test_shutdown_deadlock_pickle": (
        "it waits for a thread of ProcessPoolExecutor, which it asks for by a private name"
    ),
}
"""The tests that do not apply, each with the reason."""


class Threads(Executor):
    """The executor as it begins."""

    @property
    def _broken(self) -> object:
        """Tell what the test of a failing initializer asks a pool by a private name."""
        return vars(self._threads)["_broken"]


class Processes(Executor):
    """The executor with processes alone."""

    def __init__(self, max_workers: int | None = None, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(max_workers, pools=["processes"], **options)

    @property
    def _broken(self) -> object:
        return vars(vars(self._pool)["_pool"])["_broken"]


class Always(GilWatch):
    """Sends a function to processes after its first call."""

    def add(self, call: Call) -> bool:  # noqa: ARG002 - whatever it took
        return True


class Mixed(Threads):
    """The executor with functions that move as soon as they can."""

    def __init__(self, max_workers: int | None = None, **options: Any) -> None:  # noqa: ANN401 - passed on
        with mock.patch("whichpool.running.executors.executor.GilWatch", Always):
            super().__init__(max_workers, **options)


MODES = {
    Threads: ("ThreadPoolMixin", GENERIC),
    Processes: ("ProcessPoolForkserverMixin", GENERIC | FOR_PROCESSES),
    Mixed: ("ProcessPoolForkserverMixin", GENERIC),
}


class Outcomes(unittest.TextTestResult):
    """Counts how the tests of each mode ended, and keeps the reasons for those that were skipped."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **options)
        self.counts: dict[str, Counter[str]] = {kind.__name__: Counter() for kind in MODES}

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        super().stopTest(test)
        ended = {
            "failed": [*self.failures, *self.errors],
            "skipped": self.skipped,
        }
        how = next((how for how, tests in ended.items() if any(which is test for which, _ in tests)), "passed")
        self.counts[mode_of(test)][how] += 1


def mode_of(test: unittest.TestCase) -> str:
    """Name the mode that a test is run in."""
    return type(test).__name__.partition("_")[0]


def setUpModule() -> None:
    """Check, as CPython does around its own modules, that no thread is left behind."""
    import_module(f"{PACKAGE}.util").setup_module()


def suite(patterns: list[str]) -> unittest.TestSuite:
    """Put the tests of CPython on our executor, in each mode."""
    util = import_module(f"{PACKAGE}.util")
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns] or None
    tests = unittest.TestSuite()
    for kind, (mixin, modules) in MODES.items():
        for module, names in modules.items():
            for name in names:
                generic = getattr(import_module(f"{PACKAGE}.{module}"), name)
                case_name = f"{kind.__name__}_{name}"
                own = {"executor_type": kind, "__module__": __name__}
                for test in dir(generic):
                    if reason := NOT_FOR_US.get(f"{case_name}.{test}"):
                        own[test] = unittest.skip(reason)(getattr(generic, test))
                case = type(case_name, (generic, getattr(util, mixin), util.BaseTestCase), own)
                tests.addTests(loader.loadTestsFromTestCase(case))
    return tests


def run_in_python(assert_python_ok: Any) -> Any:  # noqa: ANN401 - a function of CPython's
    """Make the tests that start a program of their own import the executor from here."""

    def with_our_executor(*arguments: str, **options: Any) -> Any:  # noqa: ANN401 - passed on
        ours = f"import multiprocessing, sys; sys.path[:0] = {FOLDERS!r}; from cpython_executor import"
        return assert_python_ok(
            *(argument.replace("from concurrent.futures import", ours) for argument in arguments), **options
        )

    return with_our_executor


def main() -> int:
    """Run the tests and print what came of them; the exit code is 1 if a test failed, 2 if there are no tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", nargs="*", help="run only the tests whose names contain one of these")
    parser.add_argument("--verbose", "-v", action="store_true", help="name each test as it is run")
    options = parser.parse_args()
    python = f"CPython {platform.python_version()}"
    try:
        shutdown = import_module(f"{PACKAGE}.test_shutdown")
    except ModuleNotFoundError as missing:
        print(f"{python} comes without its tests: {missing}")
        return 2
    begun_s = perf_counter()
    with mock.patch.object(shutdown, "assert_python_ok", run_in_python(shutdown.assert_python_ok)):
        runner = unittest.TextTestRunner(resultclass=Outcomes, verbosity=2 if options.verbose else 1)
        outcomes = runner.run(suite(options.patterns))
    for test, reason in outcomes.skipped:
        print(f"skipped: {test.id().rpartition('.')[0].rpartition('.')[2]}.{test.id().rpartition('.')[2]}: {reason}")
    print(f"\n{python}, {perf_counter() - begun_s:.0f} s  passed  skipped  failed")
    counts_of: dict[str, Counter[str]] = vars(outcomes)["counts"]
    for mode, counts in counts_of.items():
        print(f"{mode.lower():>22}  {counts['passed']:6}  {counts['skipped']:7}  {counts['failed']:6}")
    return 0 if outcomes.wasSuccessful() and outcomes.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
