"""Where Pythons lie on a machine: the folders of ``PATH``, of pyenv, uv and conda, and what a ``py`` launcher knows."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from whichpool.machine.interpreter import identity

_NAME = re.compile(r"python\d(\.\d+t?)?")
_CONDA_HOMES = ("miniconda3", "anaconda3", "miniforge3", "mambaforge")
_LISTED = re.compile(r"\s(/\S.*?)\s*$", re.MULTILINE)
_LAUNCHER_LIMIT_S = 3.0

LOOKED_AT = "on PATH, in pyenv, uv or conda, or by a py launcher"
"""Where Pythons are looked for, for people."""


def installations(environ: Mapping[str, str] = os.environ) -> list[str]:
    """List the interpreters that there seem to be: those that a shell would find first, then the newest of each place.

    Each stands there once, by the name that was found first; whether it works has to be tried.

    Args:
        environ: The environment variables.
    """
    found: dict[str, str] = {}
    for path in _paths(environ):
        found.setdefault(identity(path), path)
    return list(found.values())


def without_shims(environ: Mapping[str, str]) -> str:
    """Leave out of ``PATH`` pyenv's stand-ins, which are there for every version and work for the chosen ones only."""
    shims = str(_pyenv(environ) / "shims")
    return os.pathsep.join(folder for folder in environ.get("PATH", "").split(os.pathsep) if folder != shims)


def _paths(environ: Mapping[str, str]) -> Iterator[str]:
    for folder in _folders(environ):
        yield from _interpreters_in(folder)
    yield from _known_to_launcher(environ)


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """List the folders that hold interpreters; ``WHICHPOOL_PYTHONS`` names more of them."""
    for folders in (without_shims(environ), environ.get("WHICHPOOL_PYTHONS", "")):
        yield from (Path(folder) for folder in folders.split(os.pathsep) if folder)
    yield from _newest_first(_pyenv(environ) / "versions")
    yield from _newest_first(_uv(environ))
    home = _home(environ)
    for root in [*(home / name for name in _CONDA_HOMES), Path("/opt/conda")]:
        yield root / "bin"
        yield from _newest_first(root / "envs")
    if environ.get("CONDA_PREFIX"):
        yield Path(environ["CONDA_PREFIX"], "bin")


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or Path.home())


def _pyenv(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("PYENV_ROOT") or _home(environ) / ".pyenv")


def _uv(environ: Mapping[str, str]) -> Path:
    data = Path(environ.get("XDG_DATA_HOME") or _home(environ) / ".local/share")
    return Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python")


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/bin"), key=lambda each: _as_numbers(each.parent.name), reverse=True)


def _interpreters_in(folder: Path) -> list[str]:
    """List the interpreters in a folder, the newest first; there may be no such folder, or none that may be read."""
    try:
        names = [name for name in os.listdir(folder) if _NAME.fullmatch(name)]  # noqa: PTH208 - names only
    except OSError:
        return []
    paths = (os.path.abspath(folder / name) for name in sorted(names, key=_as_numbers, reverse=True))  # noqa: PTH100 - a link is kept: a virtual environment is one
    return [path for path in paths if os.access(path, os.X_OK) and Path(path).is_file()]


def _as_numbers(name: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", name)]


def _known_to_launcher(environ: Mapping[str, str]) -> Iterator[str]:
    """Ask a ``py`` launcher, which prints a version and a path in each line; other commands of that name print none."""
    launcher = shutil.which("py", path=without_shims(environ))
    if launcher is None:
        return
    try:
        told = subprocess.run(
            [launcher, "--list"],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_LAUNCHER_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    for path in _LISTED.findall(told.stdout.decode(errors="replace")):
        if os.access(path, os.X_OK) and Path(path).is_file():
            yield path
