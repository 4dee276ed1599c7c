"""The Pythons there are on this machine, by the names that people give them."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from whichpool.errors import WrongCall

_VERSION = re.compile(r"\d+(\.\d+)*t?")


def find_python(spec: str, environ: Mapping[str, str] = os.environ) -> str:
    """Find an interpreter by its path, its command or its version; the empty name stands for the one that asks.

    A version such as ``3.14`` is looked for as ``python3.14`` on ``PATH``, then among pyenv's.

    Raises:
        WrongCall: There is none, or it cannot be run.
    """
    if not spec:
        return spec
    if "/" in spec:
        path = Path(spec).expanduser()
        if path.is_file() and os.access(path, os.X_OK):
            return os.path.abspath(path)  # noqa: PTH100 - a link is kept: a virtual environment is one
        message = (
            f"{spec} is no Python that can be run: {'it may not be executed' if path.exists() else 'no such file'}"
        )
        raise WrongCall(message)
    is_version = _VERSION.fullmatch(spec) is not None
    command = f"python{spec}" if is_version else spec
    found = shutil.which(command, path=_without_shims(environ)) or next(_of_pyenv(spec, environ), None)
    if found is None:
        where = "on PATH or in pyenv" if is_version else "on PATH"
        message = f"there is no {command} {where}; name its path, as in /usr/bin/python3"
        raise WrongCall(message)
    return found


def _without_shims(environ: Mapping[str, str]) -> str:
    """Leave out pyenv's stand-ins, which are there for every version and work for the chosen ones only."""
    shims = str(_pyenv(environ) / "shims")
    return os.pathsep.join(folder for folder in environ.get("PATH", "").split(os.pathsep) if folder != shims)


def _pyenv(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def _of_pyenv(version: str, environ: Mapping[str, str]) -> Iterator[str]:
    """List pyenv's interpreters of a version, the newest first; none where it is no version."""
    if not _VERSION.fullmatch(version):
        return
    root = _pyenv(environ)
    is_threaded = version.endswith("t")
    stem = version.removesuffix("t")
    folders = [
        folder
        for folder in root.glob(f"versions/{stem}*")
        if folder.name.endswith("t") == is_threaded and re.match(rf"{re.escape(stem)}(\D|$)", folder.name)
    ]
    for folder in sorted(folders, key=_as_numbers, reverse=True):
        python = folder / "bin/python"
        if os.access(python, os.X_OK):
            yield str(python)


def _as_numbers(folder: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", folder.name)]
