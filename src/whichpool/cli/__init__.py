"""The command: argv in, text and exit codes out. Nothing else in the package prints or exits."""

import os
import signal
import sys
from io import TextIOWrapper

from whichpool.cli.signals import (
    INTERRUPTED,
    OUTPUT_CLOSED,
    TERMINATED,
    WRONG_CALL,
    OutputClosed,
    Terminated,
    terminate,
)


def main() -> None:
    """Run the ``whichpool`` command; Ctrl-C and SIGTERM end it tidily at any moment, even while modules load."""
    signal.signal(signal.SIGTERM, terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what users name may hold what no encoding can write
            stream.reconfigure(errors="backslashreplace")
    try:
        import click  # noqa: PLC0415 - it takes a moment, in which Ctrl-C may come

        from whichpool.cli.command import whichpool  # noqa: PLC0415 - as above

        try:
            code = whichpool.main(standalone_mode=False)
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except click.Abort as abort:  # how click passes Ctrl-C on
            raise abort.__cause__ or KeyboardInterrupt from None
    except Terminated:
        code = TERMINATED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OutputClosed:
        _keep_python_from_retrying()
        code = OUTPUT_CLOSED
    except OSError as error:  # what concerns user code and files has been dealt with; this is the output
        _keep_python_from_retrying()
        sys.stderr.write(f"whichpool: the output cannot be written: {error.strerror}\n")
        code = WRONG_CALL
    sys.exit(code)


def _keep_python_from_retrying() -> None:
    """Have what is left to be written lead nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
