"""A console for what changes in place."""

from rich.console import Console


class ConsoleWithCursor(Console):
    """A console that leaves the cursor alone: were it hidden, a kill would leave the terminal without one."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's signature
        """Leave it alone, and say so."""
        return False
