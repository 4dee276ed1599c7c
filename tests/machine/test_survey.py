"""A quick look tells what a machine offers."""

import sys

import pytest

from whichpool.machine.interpreter import Interpreter
from whichpool.machine.survey import has_interpreters, survey
from whichpool.pools.catalogue import CATALOGUE


def test_a_look_tells_of_every_pool_whether_it_is_there() -> None:
    seen = survey(window_s=0.01, list_pythons=list)
    assert list(seen.pools) == [row.name for row in CATALOGUE]
    assert seen.pools["threads"] is None
    assert (seen.pools["interpreters"] is None) == (sys.version_info >= (3, 14))
    assert seen.noise.elapsed_s >= 0.01


@pytest.mark.parametrize(("version", "has"), [("3.13.9", False), ("3.14.0", True), ("3.15.0rc1", True)])
def test_interpreters_side_by_side_came_with_a_version(version: str, has: bool) -> None:  # noqa: FBT001 - a case
    assert has_interpreters(Interpreter("", "python", version)) is has
