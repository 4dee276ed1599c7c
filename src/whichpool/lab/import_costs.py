"""What importing costs, module by module, and which one turns the GIL back on."""

import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader, SourcelessFileLoader
from time import perf_counter
from typing import Any

from whichpool.machine.gil import gil_is_on
from whichpool.pools.chunk import Clocks

_METHODS: tuple[tuple[type, str], ...] = (
    (SourceFileLoader, "exec_module"),
    (SourcelessFileLoader, "exec_module"),
    (ExtensionFileLoader, "create_module"),
    (ExtensionFileLoader, "exec_module"),
)


class ImportCosts(dict[str, float]):
    """The own time of each module that was imported, in seconds, without that of the modules which it imported itself.

    The modules stand in the order in which they were begun.

    Attributes:
        gil_was_on: Whether the GIL was on before.
        turned_gil_on: The module whose loading turned the GIL on; None where none did.
    """

    gil_was_on: bool = True
    turned_gil_on: str | None = None


@contextmanager
def import_costs() -> Iterator[ImportCosts]:
    """Take the time of every module that is imported meanwhile, by whatever thread.

    The loaders themselves are watched, because a module may also be executed without an ``import``, by its loader.
    """
    costs = ImportCosts()
    costs.gil_was_on = gil_is_on()
    account = _Account(costs)
    originals = [(loader, name, vars(loader).get(name), getattr(loader, name)) for loader, name in _METHODS]
    for loader, name, _, method in originals:
        setattr(loader, name, account.watched(method))
    try:
        yield costs
    finally:
        for loader, name, own, _ in originals:
            if own is None:  # it was inherited
                delattr(loader, name)
            else:
                setattr(loader, name, own)


def is_free_threaded() -> bool:
    """Tell whether the Python was built to do without a GIL, be it on or off now."""
    # reading how it was built takes some ms, and before 3.13 there is nothing to read
    return hasattr(sys, "_is_gil_enabled") and bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def _now_s() -> float:
    """Tell the time, which stands still while this thread waits for a core: on a busy machine that is no cost."""
    return perf_counter() - Clocks().queued_s


class _Nested(threading.local):
    """The time that was spent in nested imports, for each import that this thread is in the midst of."""

    def __init__(self) -> None:
        self.seconds: list[float] = []


@dataclass(slots=True)
class _Account:
    costs: ImportCosts
    nested: _Nested = field(default_factory=_Nested)

    def watched(self, method: Callable[..., object]) -> Callable[..., object]:
        """Wrap a method of a loader, whose argument is a module or its spec."""

        def timed(loader: object, about: Any) -> object:  # noqa: ANN401 - a module or a spec
            name: str = about.name if isinstance(about, ModuleSpec) else about.__name__
            self.costs.setdefault(name, 0.0)
            self._watch_gil(name)
            self.nested.seconds.append(0.0)
            begun_s = _now_s()
            try:
                return method(loader, about)
            finally:
                taken_s = _now_s() - begun_s
                self.costs[name] += taken_s - self.nested.seconds.pop()
                if self.nested.seconds:
                    self.nested.seconds[-1] += taken_s
                self._watch_gil(name)

        return timed

    def _watch_gil(self, name: str) -> None:
        """Note down the first module at which the GIL is seen on; a compiled one turns it on before it is executed."""
        if self.costs.turned_gil_on is None and not self.costs.gil_was_on and gil_is_on():
            self.costs.turned_gil_on = name
