"""What holds for the tests of pools."""

import sys

import pytest

from whichpool.pools.catalogue import find
from whichpool.values import Strategy

_ENGINES = ("test_dask.py", "test_ray.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of clusters come last.

    An engine changes the process that imports it: it leaves threads behind, with which a fork is unsafe, and makes
    exceptions picklable that are not. A sample has a process of its own; these tests share one.
    """
    items.sort(key=_has_an_engine)


def _has_an_engine(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    strategy = callspec.params.get("strategy") if callspec else None
    return item.path.name in _ENGINES or (isinstance(strategy, Strategy) and find(strategy.pool).is_cluster)


@pytest.fixture(autouse=True)
def _workers_do_not_import_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spawned workers import the main module again, if it says where it comes from."""
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", None)
    monkeypatch.delattr(main, "__file__", raising=False)
