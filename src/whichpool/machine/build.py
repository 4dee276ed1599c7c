"""What decides an interpreter's costs beside the machine: which build it is, and which engines are installed for it.

This file is also run by the interpreter itself, which prints its build as JSON: it needs the standard library only.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

_LIMIT_S = 10.0


def build_of(python: str, packages: Sequence[str]) -> dict[str, object] | None:
    """Ask an interpreter what it is.

    Args:
        python: The interpreter; empty for the one that asks.
        packages: The packages whose versions are wanted.

    Returns:
        Values for JSON; None where it does not answer.
    """
    if not python:
        return own_build(packages)
    command = [python, "-P", __file__, *packages]  # -P: what lies beside this file is not for import
    try:
        told = subprocess.run(command, capture_output=True, check=True, timeout=_LIMIT_S).stdout
        build = json.loads(told)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return build if isinstance(build, dict) else None


def own_build(packages: Sequence[str]) -> dict[str, object]:
    """Tell what the interpreter that runs this is; where it lies is told with links followed, to its base's program."""
    return {
        "executable": os.path.realpath(sys.executable),
        "version": sys.version,
        "abi": sysconfig.get_config_var("SOABI"),
        "packages": {package: _version(package) for package in packages},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(own_build(sys.argv[1:])))
