"""``whichpool check``: argv to a workload, what was found to text, files and an exit code."""

import sys
from pathlib import Path

import click
from rich.console import Console

from whichpool.cli.files import Output, Outputs, json_file
from whichpool.cli.status import status
from whichpool.cli.workload import workload_of
from whichpool.comparison.checking import LIMIT_S, check_workload
from whichpool.errors import WhichpoolError
from whichpool.lab.launch import Laboratory
from whichpool.machine.pythons import find_python
from whichpool.report.check import check_as_text, check_report
from whichpool.report.console import ConsoleWithCursor
from whichpool.report.json_check import check_as_json
from whichpool.values import CheckRecord, Options, Status

_HAZARDS = 1


@click.command(
    context_settings={"max_content_width": 100},
    epilog="Exit codes: 0 no hazard found, 1 hazards, 2 wrong call, 130 interrupted, 143 terminated.",
)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--items", metavar="SPEC", help="Where the items for trial calls come from.  [default: no trial calls]")
@click.option(
    "--python",
    default="",
    metavar="SPEC",
    help="The Python to look with: a path, a command or a version such as 3.14.  [default: the one that runs this]",
)
@click.option(
    "--timeout", type=float, default=LIMIT_S, show_default=True, metavar="SECONDS", help="When to cut a trial call."
)
@click.option(
    "--max-items", type=click.IntRange(min=1), default=100_000, show_default=True, help="When a generator is endless."
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE", help="Write it all as JSON.")
@click.option(
    "--sarif", "sarif_path", type=click.Path(path_type=Path), metavar="FILE", help="Write SARIF, for editors and hosts."
)
def check(  # noqa: PLR0913 - one for each option
    *,
    targets: tuple[str, ...],
    items: str | None,
    python: str,
    timeout: float,
    max_items: int,
    json_path: Path | None,
    sarif_path: Path | None,
) -> None:
    """Find out what keeps TARGET from leaving the main thread.

    \b
    TARGET is a function:     package.module:function   or   path/to/file.py:function
    or calls written out:     'app.py:square(7)' 'app.py:cube(7)'

    Its code is read, with that of the functions of its module that it calls; nothing is executed for this. With items,
    or for a call, it is also called a few times, in a process of its own. SPEC is what compare takes: NAME,
    file.py:NAME, 'range(100)', lines:FILE, jsonl:FILE, glob:PATTERN or - for standard input.
    """  # noqa: D301 - click takes the control character \b for "do not wrap"
    console = Console(highlight=False)
    try:
        limit_s = Options(timeout_s=timeout).timeout_s or LIMIT_S
        outputs = Outputs(json_file(json_path, check_as_json), Output("--sarif", sarif_path, _write_sarif))
        workload = workload_of(targets, items, max_items)
        with status(ConsoleWithCursor(highlight=False)) as say:
            say("reading the code, and trying calls in a child" if workload.has_calls else "reading the code")
            record = check_workload(workload, Laboratory(workload), find_python(python), limit_s)
    except KeyboardInterrupt:
        click.echo("whichpool: interrupted before the look was over: nothing is told of half a look", err=True)
        raise
    except WhichpoolError as error:
        click.echo(f"whichpool: {error}", err=True)
        sys.exit(error.exit_code)
    outputs.save(record)
    if console.is_terminal:
        console.print(check_report(record, console.width))
    else:
        click.echo(check_as_text(record))
    if outputs.trouble:
        click.echo(f"whichpool: {outputs.trouble}", err=True)
    sys.exit(_HAZARDS if any(each.status is Status.HAZARD for each in record.assessments) else 0)


def _write_sarif(record: CheckRecord, path: Path) -> None:
    from whichpool.report.sarif import write_sarif  # noqa: PLC0415 - pydantic is slow to import

    write_sarif(record, path)
