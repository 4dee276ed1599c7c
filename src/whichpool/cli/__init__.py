"""The command: argv in, text and exit codes out. Nothing else in the package prints or exits."""

import signal
import sys

from whichpool.cli.signals import INTERRUPTED, TERMINATED, Terminated, terminate


def main() -> None:
    """Run the ``whichpool`` command; Ctrl-C and SIGTERM end it tidily at any moment, even while modules load."""
    signal.signal(signal.SIGTERM, terminate)
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
    sys.exit(code)
