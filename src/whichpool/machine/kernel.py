"""The small text files by which the kernel tells about itself and its processes."""

from pathlib import Path


def text(file: Path) -> str:
    """Read a file; one that cannot be read is like one that is empty."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def number(file: Path) -> int | None:
    """Read a file that holds one number; None for anything else, such as ``max``."""
    return _int(text(file))


def numbers(file: Path) -> dict[str, int]:
    """Read a file of lines such as ``nr_throttled 3`` or ``MemAvailable: 1024 kB``; other lines are left out."""
    found = {}
    for line in text(file).splitlines():
        match line.split():
            case [name, amount, *_] if (value := _int(amount)) is not None:
                found[name.rstrip(":")] = value
    return found


def _int(digits: str) -> int | None:
    try:
        return int(digits)
    except ValueError:
        return None
