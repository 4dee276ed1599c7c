"""Reading files: the standard library's own sources, a few kilobytes each, from a warm cache.

Opening and reading are calls to the operating system, made without the GIL, but so short that getting it back is a
good part of the work. Nothing is written.
"""

import itertools
import os
import zlib
from pathlib import Path

_LIBRARY = Path(os.__file__).parent
_SOURCES = itertools.chain(_LIBRARY.glob("*.py"), _LIBRARY.glob("*/*.py"))
_FILES = sorted(str(file) for file in _SOURCES if not file.parent.name.endswith("-packages"))

# Pythons come with different numbers of files; going round until there are enough makes the job equally long.
ITEMS = list(itertools.islice(itertools.cycle(_FILES), 25_000))


def summary(file: str) -> tuple[int, int, int]:
    """Read a file as ``wc`` and ``cksum`` would: lines, bytes and a checksum."""
    content = Path(file).read_bytes()
    return content.count(b"\n"), len(content), zlib.crc32(content)
