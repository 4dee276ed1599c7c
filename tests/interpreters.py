"""Other Pythons, for the tests that run where one is found and say so where none is."""

from typing import Any

import pytest

from whichpool.machine.pythons import find_pythons

NEWER = ("3.12", "3.13", "3.14", "3.15")


def each_python(*versions: str) -> list[Any]:
    """Make a parameter of each version, the Python itself; one that is not there is skipped with the reason."""
    parameters = []
    for version in versions:
        python, *_ = find_pythons([version])
        marks = [pytest.mark.skip(reason=python.problem)] if python.problem else []
        parameters.append(pytest.param(python, id=version, marks=marks))
    return parameters
