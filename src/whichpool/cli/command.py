"""The top of the command; a subcommand's file is imported when it is called."""

from importlib import import_module
from typing import cast

import click

import whichpool as package
from whichpool.cli.signals import OutputClosed

_SUBCOMMANDS = {
    "compare": "Compare the pools on a function of yours, and say which to use.",
    "run": "Run the whole job, every result on disk, in the pool that turns out to be fastest.",
    "check": "Look for what keeps a function of yours from leaving the main thread.",
    "claims": "Put what is said of threads and processes to the test, on this machine.",
    "machine": "Show what this machine offers to pools, and what things cost on it.",
}


class _LazyGroup(click.Group):
    """Knows its subcommands by name, so that ``--version`` and ``--help`` need no table, chart or statistics."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in _SUBCOMMANDS:
            return None
        return cast("click.Command", getattr(import_module(f"whichpool.cli.{cmd_name}"), cmd_name))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # click would make it exit code 1, which tells that the workload failed
            raise OutputClosed from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUBCOMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package.__version__, prog_name="whichpool")
def whichpool() -> None:
    """Find out, by measuring, which pool your code should run in, if any, and under which Python."""
