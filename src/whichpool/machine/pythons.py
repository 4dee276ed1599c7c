"""The Pythons there are on this machine, by the names that people give them."""

import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from whichpool.errors import WrongCall
from whichpool.machine.installations import LOOKED_AT, installations, without_shims
from whichpool.machine.interpreter import Interpreter, a_folder, ask
from whichpool.values import THIS_PYTHON, Python

_VERSION = re.compile(r"(\d+(?:\.\d+)*)(t?)")
_OLDEST = (3, 11)
_AT_ONCE = 8


def find_pythons(specs: Sequence[str], environ: Mapping[str, str] = os.environ) -> tuple[Python, ...]:
    """Find interpreters by their paths, commands or versions, each once, in the order in which they are named.

    A version such as ``3.13``, ``3.13.1`` or ``3.14t`` (free-threaded) is that of the Python that runs whichpool, if it
    is that; otherwise it is looked for on ``PATH``, then among those of pyenv, uv, conda and ``py`` launchers. ``all``
    stands for the newest of each minor version that can be measured, the one that runs whichpool first. A free-threaded
    build is followed by itself with its GIL on, to compare the two.
    What cannot be measured is given with its problem.

    Args:
        specs: What to look for; the empty name stands for the Python that runs whichpool.
        environ: The environment variables.

    Raises:
        WrongCall: It is one name, where several are wanted.
    """
    if isinstance(specs, str):
        message = f"pythons takes several names, such as ({specs!r},)"
        raise WrongCall(message)
    if not any(specs):
        return (THIS_PYTHON,)
    machine = _Machine(environ)
    found: dict[str, Interpreter | Python] = {}
    for spec in specs:
        for each in machine.all() if spec == "all" else [machine.one(spec)]:
            found.setdefault(each.identity if isinstance(each, Interpreter) else f"?{spec}", each)
    return tuple(_with_names(found.values()))


def find_python(spec: str, environ: Mapping[str, str] = os.environ) -> str:
    """Find one interpreter, as :func:`find_pythons` does; the empty name stands for the one that asks.

    Raises:
        WrongCall: There is none, or it cannot be measured.
    """
    python, *_ = find_pythons([spec], environ)
    if python.problem:
        raise WrongCall(python.problem)
    return python.path


def every_interpreter(environ: Mapping[str, str] = os.environ) -> tuple[Interpreter, ...]:
    """List what ``all`` stands for; the first of them runs whichpool."""
    return tuple(_Machine(environ).all())


@dataclass(frozen=True)
class _Machine:
    """The Pythons of this machine, which are asked when they are first needed."""

    environ: Mapping[str, str]

    @cached_property
    def known(self) -> list[Interpreter]:
        """Those that work, in the order in which they are looked for; the one that runs whichpool comes last."""
        answers: dict[str, Interpreter] = {}
        with ThreadPoolExecutor(_AT_ONCE) as asking:
            for answer in asking.map(_asked, [*installations(self.environ), sys.executable]):
                if isinstance(answer, Interpreter) and answer.implementation == "cpython":
                    answers.setdefault(answer.identity, answer)
        return list(answers.values())

    def all(self) -> list[Interpreter]:
        """List the newest of each minor version, ascending, behind the one that runs whichpool."""
        mine = ask(sys.executable)
        newest = {mine.minor: mine}
        others = sorted(self.known, key=lambda each: each.release, reverse=True)
        for each in others:
            if each.release >= _OLDEST:
                newest.setdefault(each.minor, each)
        del newest[mine.minor]
        ascending = sorted(newest.values(), key=lambda each: (each.release[:2], each.is_free_threaded))
        return [replace(mine, path=""), *ascending]

    def one(self, spec: str) -> Interpreter | Python:
        """Find what one name stands for, or say why nothing."""
        try:
            found = self._found(spec)
        except WrongCall as error:
            return Python(spec, spec, problem=str(error))
        if found.release < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            message = f"{found.path} is Python {found.version}; whichpool measures {oldest} and later"
            return Python(found.path, spec, problem=message)
        return found

    def _found(self, spec: str) -> Interpreter:
        if not spec:
            return replace(ask(sys.executable), path="")
        if version := _VERSION.fullmatch(spec):
            return self._of_version(version[1], is_free_threaded=bool(version[2]))
        if "/" in spec or spec.startswith("~"):
            return ask(os.path.abspath(Path(spec).expanduser()))  # noqa: PTH100 - a link is kept: a virtual environment is one
        command = shutil.which(spec, path=without_shims(self.environ))
        if command is None:
            here = Path(spec)
            how = f"; here {a_folder(here)}" if here.is_dir() else ", as in /usr/bin/python3"
            message = f"there is no {spec} on PATH; name its path{how}"
            raise WrongCall(message)
        return ask(command)

    def _of_version(self, version: str, *, is_free_threaded: bool) -> Interpreter:
        wanted = tuple(map(int, version.split(".")))
        for each in [replace(ask(sys.executable), path=""), *self.known]:
            if each.release[: len(wanted)] == wanted and each.is_free_threaded == is_free_threaded:
                return each
        usable = sorted((each.release, each.full) for each in self.known if each.release >= _OLDEST)
        there_is = ", ".join(dict.fromkeys(full for _, full in usable))
        kind = f"{version}t, which is free-threaded," if is_free_threaded else version
        message = f"there is no Python {kind} {LOOKED_AT}; what there is: {there_is}"
        raise WrongCall(message)


def _asked(path: str) -> Interpreter | None:
    """Ask what nobody named: if it does not work, nobody has to know."""
    with suppress(WrongCall):
        return ask(path)
    return None


def _with_names(found: Iterable[Interpreter | Python]) -> Iterator[Python]:
    """Name each by its minor version; by as much more as tells it from the others, and not at all if it is alone."""
    listed = list(found)
    interpreters = [each for each in listed if isinstance(each, Interpreter)]
    minors = Counter(each.minor for each in interpreters)
    fulls = Counter(each.full for each in interpreters)
    numbered: Counter[str] = Counter()
    for each in listed:
        if isinstance(each, Python):
            yield replace(each, name=each.name if len(listed) > 1 else "")
            continue
        name = each.minor if minors[each.minor] == 1 else each.full
        if minors[each.minor] > 1 and fulls[each.full] > 1:
            numbered[each.full] += 1
            name = f"{each.full} #{numbered[each.full]}"
        if each.is_free_threaded:
            yield Python(each.path, name)
            yield Python(each.path, f"{name} GIL on", gil_on=True)
        else:
            yield Python(each.path, name if len(listed) > 1 else "")
