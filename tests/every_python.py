"""Hold pools, crews and the executor to what they promise on the other Pythons that are found.

``make pools`` runs the tests of the pools and of whole jobs there, ``make suite`` CPython's own tests of executors.
Each Python has an environment of its own, which is made once, and again when the project's files say that it should
hold something else. A Python that is not found is named and passed over; an engine that cannot be had for one is
skipped by the tests.
"""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from whichpool.machine.pythons import find_pythons
from whichpool.values import Python
from whichpool.wording import duration

VERSIONS = ("3.13", "3.14", "3.15")
NEEDED = ("pytest", "pytest-timeout", "hypothesis", "cloudpickle", "rich", "loky", "distributed")
"""Ray is left to this Python's own tests: it is heavy, and starts slowly."""

ROOT = Path(__file__).parents[1]


def environment(python: Python, version: str) -> Path:
    """Make the environment for a Python, unless it stands, and return its interpreter."""
    folder = ROOT / f".venv-{version}"
    interpreter, ready = folder / "bin/python", folder / "ready"
    sources = [ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__)]
    if ready.is_file() and all(ready.stat().st_mtime > source.stat().st_mtime for source in sources):
        return interpreter
    subprocess.run([python.path, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    install = [sys.executable, "-m", "pip", "--python", str(interpreter), "install", "--quiet"]
    subprocess.run([*install, "--constraint", str(ROOT / "constraints.txt"), *NEEDED], check=True)
    ready.touch()
    return interpreter


PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
POOLS = ((*PYTEST, "tests/pools"), (*PYTEST, "tests/running"))  # each in a process that the other left nothing in
SUITE = (("tests/cpython_executor.py",),)
_WITHOUT_TESTS = 2
"""How the suite ends under a Python that comes without its own tests."""


def runs(interpreter: Path, arguments: tuple[str, ...]) -> bool:
    """Run tests, and tell whether they passed."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a Python may come without any, and would compile for every worker
    code = subprocess.run([str(interpreter), *arguments], cwd=ROOT, env=environ, check=False).returncode
    return code == 0 or (arguments in SUITE and code == _WITHOUT_TESTS)


def main() -> None:
    """Run them under one Python after the other, and fail if one of them did."""
    tests = SUITE if sys.argv[1:] == ["suite"] else POOLS
    failed = []
    for version in VERSIONS:
        python, *_ = find_pythons([version])
        if python.problem:
            print(f"Python {version} is passed over: {python.problem}")
            continue
        begun_s = perf_counter()
        print(f"Python {version}, {python.path}:", flush=True)
        interpreter = environment(python, version)
        passed = [runs(interpreter, arguments) for arguments in tests]
        if not all(passed):
            failed.append(version)
        print(f"Python {version} took {duration(perf_counter() - begun_s)}", flush=True)
    if failed:
        sys.exit(f"promises are not kept under Python {', '.join(failed)}")


if __name__ == "__main__":
    main()
