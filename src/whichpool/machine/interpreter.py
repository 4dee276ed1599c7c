"""An interpreter, asked in a process of its own what it is."""

import os
import re
import selectors
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from whichpool.errors import WrongCall
from whichpool.pools.exits import how_it_ended

_LIMIT_S = 10.0
_TO_EXIT_S = 1.0
_MOST_BYTES = 65_536
_MOST_QUOTED = 200
_TELLING = re.compile("error|not found", re.IGNORECASE)
_MARK = "whichpool asked"
# any Python can read it, 2.7 included; without "" on sys.path, no file of the current folder is taken for a module
_QUESTION = f"""
import sys
sys.path = [entry for entry in sys.path if entry]
free, gil = False, True
if hasattr(sys, "_is_gil_enabled"):
    import sysconfig
    free, gil = bool(sysconfig.get_config_var("Py_GIL_DISABLED")), sys._is_gil_enabled()
name = getattr(getattr(sys, "implementation", None), "name", "cpython")
print("\\t".join(["{_MARK}", sys.version.split()[0], name, str(free), str(gil), sys.executable or ""]))
"""
_ANSWER = re.compile(rf"^{_MARK}\t(\d[^\t]*)\t([^\t]+)\t(True|False)\t(True|False)\t(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What an interpreter says of itself.

    Attributes:
        path: How it was called.
        executable: Where it says that it lies, which is elsewhere where a stand-in starts it.
        version: Its version, such as ``3.14.0`` or ``3.15.0rc1``.
        implementation: What made it, by ``sys.implementation``: ``cpython``, ``pypy``, ``graalpy``.
        is_free_threaded: Whether it was built to do without a GIL.
        gil_is_on: Whether it starts with its GIL on, no environment variable asking for either.
    """

    path: str
    executable: str
    version: str
    implementation: str = "cpython"
    is_free_threaded: bool = False
    gil_is_on: bool = True

    @property
    def release(self) -> tuple[int, ...]:
        """The numbers of its version, to be compared: ``(3, 14, 0)``."""
        return tuple(int(digits) for digits in re.findall(r"\d+", self.version)[:3])

    @property
    def minor(self) -> str:
        """What people call it: ``3.13``, ``3.14t`` for a free-threaded build, ``pypy3.11`` for another one."""
        return self._called(".".join(map(str, self.release[:2])))

    @property
    def full(self) -> str:
        """The same with the whole version: ``3.14.0t``."""
        return self._called(self.version)

    @property
    def identity(self) -> str:
        """What it has in common with itself by another name."""
        return identity(self.executable)

    def _called(self, version: str) -> str:
        implementation = "" if self.implementation == "cpython" else self.implementation
        return f"{implementation}{version}{'t' if self.is_free_threaded else ''}"


def identity(path: str) -> str:
    """Follow the links to where an interpreter really lies; one of a virtual environment lies in that environment."""
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - what the links lead to is not the question yet
    for place in (folder, folder.parent):
        if (place / "pyvenv.cfg").is_file():
            return os.path.realpath(place)
    return os.path.realpath(path)


def ask(path: str, limit_s: float = _LIMIT_S) -> Interpreter:
    """Start an interpreter and let it say what it is.

    Neither the environment's variables for Python nor packages that are loaded at each start have a say in it.

    Args:
        path: Where it is.
        limit_s: How long it may take to answer; it is killed then, with what it has started.

    Raises:
        WrongCall: It is no Python that can be run; the message says what was seen and what to do.
    """
    _refuse_what_is_no_program(path)
    command = [path, "-E", "-s", "-S", "-c", _QUESTION]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        message = f"{path} does not work as a Python: it cannot be started ({error.strerror})"
        raise WrongCall(message) from None
    with process:
        said = _said_by(process, limit_s)
        exit_code = process.poll()
        with suppress(ProcessLookupError, PermissionError):  # it has ended, and nothing is left of its group
            os.killpg(process.pid, signal.SIGKILL)
    answer = _ANSWER.search(said or "")
    if answer is None:
        message = f"{path} does not work as a Python: {_what_was_seen(exit_code, said, limit_s)}"
        raise WrongCall(message)
    version, implementation, is_free_threaded, gil_is_on, executable = answer.groups()
    return Interpreter(
        path,
        executable or path,
        version.rstrip("+"),
        implementation,
        is_free_threaded=is_free_threaded == "True",
        gil_is_on=gil_is_on == "True",
    )


def _refuse_what_is_no_program(path: str) -> None:
    place = Path(path)
    if place.is_dir():
        message = f"{path} is no Python that can be run: {a_folder(place)}"
    elif not place.exists():
        message = f"{path} is no Python that can be run: no such file"
    elif not os.access(place, os.X_OK):
        message = f"{path} is no Python that can be run: it may not be executed"
    else:
        return
    raise WrongCall(message)


def a_folder(folder: Path) -> str:
    """Say that a folder was named in place of an interpreter, and which one it holds."""
    for name in ("bin/python3", "bin/python", "python3", "python"):
        if os.access(folder / name, os.X_OK) and (folder / name).is_file():
            return f"it is a folder; its Python is {shlex.quote(str(folder / name))}"
    return "it is a folder, and there is no bin/python in it"


def _said_by(process: subprocess.Popen[bytes], limit_s: float) -> str | None:
    """Hear a process out, or as much as any Python would say; None where its time runs out."""
    if process.stdout is None:
        raise TypeError(process)
    said, end_s = bytearray(), monotonic() + limit_s
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(said) < _MOST_BYTES:
            if not selector.select(max(0.0, end_s - monotonic())):
                return None
            piece = os.read(process.stdout.fileno(), _MOST_BYTES)
            if not piece:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_TO_EXIT_S)
                break
            said += piece
    return said.decode(errors="replace")


def _what_was_seen(exit_code: int | None, said: str | None, limit_s: float) -> str:
    """Say why there is no answer; the exit code is None where it was not waited for."""
    if said is None:
        return f"asked for its version, it had not answered after {limit_s:g} s"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = next((line for line in lines if _TELLING.search(line)), lines[-1] if lines else "")[:_MOST_QUOTED]
    quoted = f": {''.join(sign if sign.isprintable() else '�' for sign in told)}" if told else ""
    if exit_code:
        what = "it crashed as it started: it" if exit_code < 0 else "asked for its version, it"
        return f"{what} {how_it_ended(exit_code)}{quoted}"
    return f"asked for its version, it said {'something else' if told else 'nothing'}{quoted}"
