"""The command: argv in, text and exit codes out. Nothing else in the package prints or exits."""

import sys


def main() -> None:
    """Run the ``whichpool`` command; Ctrl-C at any moment, even while modules load, ends it with exit code 130."""
    try:
        from whichpool.cli.command import whichpool  # noqa: PLC0415 - click takes a moment in which Ctrl-C may come

        whichpool()
    except KeyboardInterrupt:
        sys.exit(130)
