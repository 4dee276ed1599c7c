"""What belongs to a whole process, whoever changes it: read before and after a call."""

import logging
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from whichpool.hazards.effects import each
from whichpool.hazards.randomness import MENDS, effects_unseeded
from whichpool.hazards.shared_settings import ARGUMENTS, CALLS, DECIMAL, ENVIRONMENT, SEARCH_PATH, STREAMS, Setting
from whichpool.values import THREADED, Finding, Hazard

_ENTRIES_SHOWN = 3
_WARNINGS = CALLS["warnings.catch_warnings"]
_LOGGING = Setting(
    "logging.basicConfig",
    "adds or removes handlers of the root logger",
    each(THREADED, "the handlers are one set for all threads: lines come twice or not at all"),
    "set logging up once, before the pool starts",
)


def _decimal_context() -> object:
    context = sys.modules["decimal"].getcontext()
    # not its flags: ordinary arithmetic raises them
    return context.prec, context.rounding, context.Emin, context.Emax, context.capitals, context.clamp, context.traps


def _log_handlers() -> object:
    """List the root logger's handlers, but for the one that logging adds unasked."""
    handlers = logging.getLogger().handlers
    return [id(handler) for handler in handlers if type(handler) is not logging.StreamHandler]


def _locale() -> object:
    locale = sys.modules["locale"]
    return locale.setlocale(locale.LC_ALL)


def _signal_handlers() -> object:
    return {number.name: signal.getsignal(number) for number in signal.Signals}


_SETTINGS: tuple[tuple[Setting, Callable[[], object]], ...] = (
    (ENVIRONMENT, lambda: dict(os.environ)),
    (CALLS["os.chdir"], os.getcwd),
    (CALLS["signal.signal"], _signal_handlers),
    (CALLS["locale.setlocale"], _locale),
    (SEARCH_PATH, lambda: list(sys.path)),
    (ARGUMENTS, lambda: list(sys.argv)),
    (STREAMS, lambda: [id(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)]),
    (_WARNINGS, lambda: list(sys.modules["warnings"].filters)),
    (DECIMAL, _decimal_context),
    (CALLS["socket.setdefaulttimeout"], socket.getdefaulttimeout),
    (CALLS["sys.setrecursionlimit"], sys.getrecursionlimit),
    (_LOGGING, _log_handlers),
)
_RANDOM: Mapping[str, Callable[[], object]] = MappingProxyType({
    "random": random.getstate,
    "numpy.random": lambda: repr(sys.modules["numpy.random"].get_state(legacy=False)),
})  # fmt: skip


@dataclass(slots=True)
class ProcessWatch:
    """Watches what belongs to the process; what is of a module that is not imported yet is not watched."""

    _before: dict[str, Any] = field(default_factory=dict)
    _modules: int = 0

    def begin(self) -> None:
        """Begin to watch."""
        self._before = {name: state for name, _, state in _read()}
        self._modules = len(sys.modules)

    def changes(self) -> Iterator[Finding]:
        """Tell what has changed since the last time."""
        after, modules = dict[str, Any](), self._modules
        self._modules = len(sys.modules)
        for name, setting, state in _read():
            after[name], before = state, self._before.get(name, state)
            is_of_an_import = setting is _WARNINGS and self._modules > modules  # which sets filters of its own, once
            if before != state and not is_of_an_import:
                yield _random(name) if setting is None else _process_state(setting, _difference(before, state))
        self._before = after


def _read() -> Iterator[tuple[str, Setting | None, object]]:
    for setting, read in _SETTINGS:
        with suppress(KeyError, AttributeError, OSError, ValueError):  # a module not there, a folder that is gone
            yield setting.name, setting, read()
    for name, read in _RANDOM.items():
        with suppress(KeyError):
            yield name, None, read()


def _random(name: str) -> Finding:
    message = f"a call draws random numbers from the one generator of {name}"
    return Finding(Hazard.RANDOM_STATE, name, message, effects_unseeded(name), MENDS[name], tried=True)


def _process_state(setting: Setting, difference: str) -> Finding:
    message = f"a call {setting.deed}{difference}"
    return Finding(Hazard.PROCESS_STATE, setting.name, message, setting.effects, setting.mend, tried=True)


def _difference(before: object, after: object) -> str:
    """Name the entries that differ, where it is a mapping."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    names = [str(name) for name in {**before, **after} if before.get(name) != after.get(name)]
    more = f" and {len(names) - _ENTRIES_SHOWN} more" if len(names) > _ENTRIES_SHOWN else ""
    return f": {', '.join(names[:_ENTRIES_SHOWN])}{more}"
