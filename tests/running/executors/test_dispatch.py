"""Whether a module is being imported, which keeps calls from being pickled."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from whichpool.running.executors.dispatch import Imports


def test_a_module_that_takes_anothers_place_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    imports = Imports()
    monkeypatch.setitem(sys.modules, "plugin", ModuleType("plugin"))
    assert [imports.are_under_way(), imports.are_under_way()] == [False, False]
    again = ModuleType("plugin")
    again.__spec__ = ModuleSpec("plugin", None)
    vars(again.__spec__)["_initializing"] = True
    monkeypatch.setitem(sys.modules, "plugin", again)
    assert imports.are_under_way()
