"""From what was typed to a workload: what the subcommands that take a target share."""

import pickle
import sys
from pathlib import Path

from whichpool.errors import WrongCall
from whichpool.values import Workload


def workload_of(targets: tuple[str, ...], items: str | None, max_items: int) -> Workload:
    """Make the workload; ``-`` for the items reads standard input.

    Raises:
        WrongCall: Standard input holds no lines, or there is no folder to start from.
    """
    return Workload(
        name=" ".join(targets),
        targets=targets,
        items=items,
        items_pickle=pickle.dumps(_standard_input()) if items == "-" else b"",
        folder=_folder(),
        max_items=max_items,
    )


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        message = f"the current folder cannot be had: {error.strerror}; change to one that is there"
        raise WrongCall(message) from None


def _standard_input() -> list[str]:
    if sys.stdin is None:
        message = "there is no item to run: standard input is closed"
        raise WrongCall(message)
    try:
        lines = sys.stdin.buffer.read().decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        message = f"standard input is not UTF-8 text (byte {error.start:,})"
        raise WrongCall(message) from None
    if not lines:
        message = "there is no item to run: standard input holds no line"
        raise WrongCall(message)
    return lines
