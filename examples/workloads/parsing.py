"""Large results: parse JSON texts into nested lists and dicts, half a megabyte of text at a time.

The parser holds the GIL, and sending home what it made costs a process more than the parsing did.
"""

import json

_COLOURS = ["red", "green", "blue"]


def _text(page: int) -> str:
    """Write a page of a catalogue; the rows are repeated, which a parser does not notice."""
    rows = [
        {"id": page * 100 + row, "name": f"part {row}", "sizes": [row, row * 2, row / 8], "colour": _COLOURS[row % 3]}
        for row in range(100)
    ]
    return f"[{', '.join([json.dumps(rows)] * 80)}]"


ITEMS = [_text(page) for page in range(50)]


def parsed(text: str) -> list[list[dict[str, object]]]:
    """Parse one page."""
    pages: list[list[dict[str, object]]] = json.loads(text)
    return pages
