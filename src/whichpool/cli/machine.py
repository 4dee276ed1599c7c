"""``whichpool machine``: what this machine offers to pools, and what things cost on it."""

import sys
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, RenderableType

from whichpool.cli.files import Outputs, json_file
from whichpool.cli.status import status
from whichpool.comparison.machine import Priced, look_around, price
from whichpool.errors import WhichpoolError, WrongCall
from whichpool.machine.pythons import find_python
from whichpool.report.console import ConsoleWithCursor
from whichpool.report.costs import costs_report
from whichpool.report.json_machine import as_json
from whichpool.report.machine import as_text, hint, machine_report
from whichpool.values import Python

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT_WIDTH = 100


@click.command(
    context_settings={"max_content_width": 100},
    epilog="Exit codes: 0 done, 2 wrong call or a Python that does not work, 130 interrupted, 143 terminated.",
)
@click.option("--costs", is_flag=True, help="Tell what things cost here: measured once, in about 8 s, and then kept.")
@click.option("--fresh", is_flag=True, help="Measure the costs anew, whatever is kept.")
@click.option(
    "--python",
    default="",
    metavar="SPEC",
    help="Whose costs: a path, a command or a version such as 3.14.  [default: the one that runs this]",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE", help="Write it all as JSON.")
def machine(*, costs: bool, fresh: bool, python: str, json_path: Path | None) -> None:
    """Show what this machine offers to pools: cores, memory, Pythons, the pools themselves, and how quiet it is.

    With --costs, also what things cost here: starting a worker of each pool, handing a task over to it, its memory;
    pickling values and sending them to another process. Clusters (dask, ray) are left out.
    """
    console = ConsoleWithCursor(highlight=False)
    try:
        if python and not (costs or fresh):
            message = "--python says whose costs to tell: add --costs"
            raise WrongCall(message)
        chosen = Python(find_python(python))
        outputs: Outputs[Mapping[str, Any]] = Outputs(json_file(json_path, dict))
        with status(console) as say:
            say("looking around")
            survey, disturbances = look_around()
        _show(console, machine_report(survey, disturbances))
        outputs.save(as_json(survey, disturbances))
        if costs or fresh:
            priced = _price(console, chosen, fresh=fresh)
            width = console.width if console.is_terminal else _TEXT_WIDTH
            told = survey.pools.values()
            _show(console, costs_report(priced.costs, width, kept=priced.kept, now_s=time(), told=told))
            outputs.save(as_json(survey, disturbances, priced.costs))
            if priced.trouble:
                click.echo(f"whichpool: {priced.trouble}", err=True)
        else:
            _show(console, hint())
    except WhichpoolError as error:
        click.echo(f"whichpool: {error}", err=True)
        sys.exit(error.exit_code)
    if outputs.trouble:
        click.echo(f"whichpool: {outputs.trouble}", err=True)


def _price(console: Console, python: Python, *, fresh: bool) -> Priced:
    """Find out what things cost, with a line of status while it is measured."""
    with status(console) as say:
        doing = "measuring what things cost, for about 8 s  (Ctrl-C ends it)"
        return price(python, lambda: say(doing), fresh=fresh)


def _show(console: Console, renderable: RenderableType) -> None:
    if console.is_terminal:
        console.print(renderable)
    else:
        click.echo(as_text(renderable, _TEXT_WIDTH))
