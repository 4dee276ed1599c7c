"""``whichpool claims``: the article's claims, each put to the test here and now."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType

from whichpool.claims.catalogue import CATALOGUE, Row
from whichpool.cli.files import Outputs, json_file
from whichpool.cli.status import status
from whichpool.comparison.claiming import put_to_the_test
from whichpool.errors import WhichpoolError
from whichpool.machine.description import Machine
from whichpool.machine.pythons import find_python
from whichpool.report.claims import as_text, claim_block, closing
from whichpool.report.console import ConsoleWithCursor
from whichpool.report.json_claims import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whichpool.values import Experiment

_FAILED = 1


@click.command(
    context_settings={"max_content_width": 100},
    epilog="Exit codes: 0 all were judged, 1 an experiment broke off, 2 wrong call, 130 interrupted, 143 terminated.",
)
@click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER]...")
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="SPEC",
    help="A Python: a path, a command or a version such as 3.14; may be repeated.  [default: the one that runs this]",
)
@click.option("--explain", is_flag=True, help="Show each experiment's program and all its figures.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE", help="Write it all as JSON.")
def claims(*, numbers: tuple[int, ...], pythons: tuple[str, ...], explain: bool, json_path: Path | None) -> None:
    """Put what is said of threads and processes to the test, on this machine.

    Thirteen claims of an article, "Multithreading vs multiprocessing in Python", and of its readers; all of them, or
    those with the NUMBERs given. Nothing is believed: each has an experiment of its own, which says what it measured
    and whether the claim holds here.
    """
    console = ConsoleWithCursor(highlight=False)

    def show(renderable: RenderableType) -> None:
        if console.is_terminal:
            console.print(renderable, crop=False)
        else:
            click.echo(as_text(renderable))

    tested: list[tuple[Row, Sequence[Experiment]]] = []
    try:
        found = [find_python(python) for python in pythons or ("",)]
        machine = Machine.here().description
        outputs: Outputs[list[tuple[Row, Sequence[Experiment]]]] = Outputs(
            json_file(json_path, lambda kept: as_json(kept, machine))
        )
        with status(console) as say:

            def watch(number: int, python: str) -> None:
                say(f"claim {number} of {len(CATALOGUE)}{f', under {python}' if python else ''}  (Ctrl-C ends it)")

            for row, experiments in put_to_the_test(numbers, found, watch):
                tested.append((row, experiments))
                show(claim_block(row, experiments, explain=explain))
                outputs.save(tested)
    except WhichpoolError as error:
        click.echo(f"whichpool: {error}", err=True)
        sys.exit(error.exit_code)
    all_experiments = [experiment for _, experiments in tested for experiment in experiments]
    for line in closing(all_experiments):
        show(line)
    if outputs.trouble:
        click.echo(f"whichpool: {outputs.trouble}", err=True)
    sys.exit(_FAILED if any(not experiment.measured for experiment in all_experiments) else 0)
