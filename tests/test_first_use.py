"""Packages whose names are imported when they are first used."""

import subprocess
import sys
from types import ModuleType

import pytest

import whichpool
from whichpool import values

each_package = pytest.mark.parametrize("package", [whichpool, values], ids=lambda package: package.__name__)


@each_package
def test_every_name_can_be_had_and_is_the_same_each_time(package: ModuleType) -> None:
    for name in package.__all__:
        assert getattr(package, name) is getattr(package, name)


@each_package
def test_no_other_name_can(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'pool'"):
        _ = package.pool


@pytest.mark.parametrize(
    ("first", "spared"),
    [
        ("import whichpool", "whichpool.errors"),
        ("import whichpool; whichpool.map", "whichpool.values"),
        ("from whichpool.values import Estimate", "whichpool.values.claims"),
    ],
)
def test_what_is_not_used_is_not_imported(first: str, spared: str) -> None:
    code = f"import sys; {first}; assert {spared!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
