"""Telling what goes on: loggers, lists, print."""

import logging
import sys
import tempfile
from pathlib import Path

logger = logging.getLogger(__name__)
MESSAGES: list[str] = []
_FOLDER = Path(tempfile.gettempdir())
audit = logging.getLogger("audit")
audit.addHandler(logging.FileHandler(_FOLDER / "whichpool-hazard-case.log", delay=True))


# label: clean | items: range(3)
def logged(number):
    logger.debug("working on %d", number)
    return number + 1


# label: hazard resource | items: range(3)
def audited(number):
    audit.debug("working on %d", number)
    return number + 1


# label: hazard state-changed | items: range(3)
def remembered(number):
    MESSAGES.append(f"done {number}")
    return number


# label: clean | items: range(3)
def printed(number):
    print("number", number, file=sys.stderr)
    return number


# label: clean | items: ["x=1", "broken"]
def parsed(line):
    messages = []
    key, equals, value = line.partition("=")
    if not equals:
        messages.append(f"no value in {line!r}")
    return key, value, messages


# label: hazard state-assigned | items: range(3)
def remember_last(number):
    global last
    last = number
    return number * 2


last = None
