"""The control groups a process is in, from its own to the top: each of them can hold it back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from whichpool.machine.kernel import text


@dataclass(frozen=True, slots=True)
class Group:
    """A control group.

    Attributes:
        name: Its path in its hierarchy, as people know it.
        folder: Where its files are.
        unified: Whether it is of version 2, whose files have other names than those of version 1.
    """

    name: PurePosixPath
    folder: Path
    unified: bool


@dataclass(frozen=True, slots=True)
class _Mount:
    """A control group hierarchy as this process sees it: the group ``group`` appears as the folder ``folder``."""

    unified: bool
    options: frozenset[str]
    group: PurePosixPath
    folder: PurePosixPath


def groups(root: Path, controller: str) -> Iterator[Group]:
    """Find this process's group and every group above it, in each hierarchy that can have a controller.

    A hybrid system mounts both versions and puts the controller into one of them; the other has no such files, and
    what is absent limits nothing. So both are looked at wherever they are.

    Args:
        root: Where ``/proc`` and ``/sys`` are looked for.
        controller: What limits, such as ``cpu``.

    Yields:
        In each hierarchy the process's own group first.
    """
    mounts = _mounts(text(root / "proc/self/mountinfo"))
    for unified, group in _own_groups(text(root / "proc/self/cgroup"), controller):
        hierarchy = [mount for mount in mounts if mount.unified is unified and (unified or controller in mount.options)]
        # A group namespace can name the group by a path that is not below any mount. What is mounted is then the
        # nearest thing to the group that can be seen.
        for mount in [mount for mount in hierarchy if _is_below(group, mount.group)] or hierarchy:
            inner = group.relative_to(mount.group) if _is_below(group, mount.group) else PurePosixPath()
            for step in (inner, *inner.parents):
                yield Group(mount.group / step, root / mount.folder.relative_to("/") / step, unified)


def _own_groups(lines: str, controller: str) -> Iterator[tuple[bool, PurePosixPath]]:
    """Find the process's group in each hierarchy that can have the controller: ``number:controllers:path``."""
    for line in lines.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        unified = number == "0" and not controllers
        if unified or controller in controllers.split(","):
            yield unified, PurePosixPath(path)


def _mounts(lines: str) -> list[_Mount]:
    """Find where the hierarchies are mounted, from lines such as ``31 23 0:28 /group /folder rw - cgroup2 source rw``.

    Optional fields stand before the dash, so what follows it is counted from the dash.
    """
    mounts = []
    for line in lines.splitlines():
        before, dash, after = line.partition(" - ")
        match before.split(" "), after.split(" "):
            case [_, _, _, group, folder, *_], [("cgroup" | "cgroup2") as kind, *_, options] if dash:
                options_set = frozenset(options.split(","))
                mount = _Mount(kind == "cgroup2", options_set, _unescaped(group), _unescaped(folder))
                if mount.folder.is_absolute():
                    mounts.append(mount)
    return mounts


def _unescaped(field: str) -> PurePosixPath:
    r"""Undo the kernel's escapes: a space in a path is written ``\040``."""
    if "\\" not in field:  # as always, but for odd names; the pattern is slow to compile
        return PurePosixPath(field)
    return PurePosixPath(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field))


def _is_below(group: PurePosixPath, ancestor: PurePosixPath) -> bool:
    """Tell whether a path leads from ``ancestor`` down to ``group``; one with ``..`` leads out of the namespace."""
    return ".." not in group.parts and group.is_relative_to(ancestor)
