"""``whichpool compare``: argv to a workload and options, a report to text, files and an exit code."""

import sys
from pathlib import Path

import click
from rich.console import Console

from whichpool.cli.files import Output, Outputs, json_file
from whichpool.cli.parameters import Counts, Names
from whichpool.cli.signals import INTERRUPTED, TERMINATED, Terminated
from whichpool.cli.watching import watching
from whichpool.cli.workload import workload_of
from whichpool.comparison import compare_workload
from whichpool.errors import WhichpoolError, WrongCall
from whichpool.lab.launch import Laboratory
from whichpool.machine.pythons import find_pythons
from whichpool.pools import catalogue
from whichpool.report.json_record import as_json
from whichpool.report.terminal import as_text, whole_report
from whichpool.values import Elsewhere, Options, Outcome, Record

_UNDECIDED = 3


class _Share(click.ParamType[float]):
    """A share of one: ``5%`` or ``0.05``."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
        except ValueError:
            return self.fail(f"{value!r} is no share, such as 5% or 0.05", param, ctx)


class _Elsewhere(click.ParamType[Elsewhere]):
    """Another machine or build: ``cores=16``, ``gil=off``, or both with a comma between."""

    name = "machine"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Elsewhere:
        if isinstance(value, Elsewhere):
            return value
        cores: float | None = None
        gil: bool | None = None
        for part in str(value).lower().split(","):
            match [side.strip() for side in part.split("=")]:
                case ["cores", text] if _is_number(text):
                    cores = float(text)
                case ["gil", ("on" | "off") as text]:
                    gil = text == "on"
                case _:
                    self.fail(f"{part!r} is not understood; write cores=16, gil=off or cores=16,gil=off", param, ctx)
        try:
            return Elsewhere(cores, gil)
        except WrongCall as error:
            return self.fail(str(error), param, ctx)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@click.command(
    context_settings={"max_content_width": 100},
    epilog="Exit codes: 0 answered, 1 the workload failed, 2 wrong call, 3 undecided, 130 interrupted, 143 terminated.",
)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--items", metavar="SPEC", help="Where the items come from; see above.")
@click.option("--budget", type=float, default=30, show_default=True, metavar="SECONDS", help="Time to spend, about.")
@click.option(
    "--pools",
    type=Names("pool", catalogue.NAMES),
    metavar="NAMES",
    help=f"Pools to race: {','.join(catalogue.NAMES)}.",
)
@click.option("--workers", type=Counts(), metavar="N,...", help="Worker counts to race.")
@click.option("--chunksize", type=Counts(), metavar="N,...", help="Chunk sizes to race.")
@click.option(
    "--start-method",
    type=Names("start method", ("fork", "forkserver", "spawn")),
    metavar="NAMES",
    help="How to start processes: fork,forkserver,spawn.  [default: the Python's own]",
)
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="SPEC",
    help="A Python to measure: a path, a command, a version such as 3.14 or 3.14t, or all; may be repeated.  "
    "[default: the one that runs this]",
)
@click.option("--dask", default="", metavar="ADDRESS", help="Race Dask on the cluster whose scheduler is there.")
@click.option("--ray", default="", metavar="ADDRESS", help="Race Ray on the cluster that is there.")
@click.option(
    "--margin", type=_Share(), default="5%", show_default=True, metavar="SHARE", help="Differences that do not matter."
)
@click.option("--timeout", type=float, metavar="SECONDS", help="When to cut a sample.  [default: by the serial time]")
@click.option(
    "--max-items", type=click.IntRange(min=1), default=100_000, show_default=True, help="When a generator is endless."
)
@click.option("--explain", is_flag=True, help="Show where the time went, and why each strategy was tried.")
@click.option(
    "--what-if",
    type=_Elsewhere(),
    multiple=True,
    metavar="MACHINE",
    help="Forecast for another machine or build: cores=16, gil=off or cores=64,gil=off; may be repeated.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE", help="Write the record as JSON.")
@click.option("--pyperf", "pyperf_path", type=click.Path(path_type=Path), metavar="FILE", help="Write a pyperf suite.")
def compare(  # noqa: PLR0913 - one for each option
    *,
    targets: tuple[str, ...],
    items: str | None,
    budget: float,
    pools: tuple[str, ...] | None,
    workers: tuple[int, ...] | None,
    chunksize: tuple[int, ...] | None,
    start_method: tuple[str, ...] | None,
    pythons: tuple[str, ...],
    dask: str,
    ray: str,
    margin: float,
    timeout: float | None,
    max_items: int,
    explain: bool,
    what_if: tuple[Elsewhere, ...],
    json_path: Path | None,
    pyperf_path: Path | None,
) -> None:
    """Find out in which pool TARGET runs fastest.

    \b
    TARGET is a function:     package.module:function   or   path/to/file.py:function
    or several calls:         'app.py:square(7)' 'app.py:cube(7)'

    \b
    SPEC, the items, is one of
      NAME                    an iterable in TARGET's module, or a function that returns one
      file.py:NAME            the same in another file; or module:NAME
      'range(100)'            a Python expression
      lines:FILE jsonl:FILE   the lines of a text; the values of JSON lines
      glob:PATTERN            paths of files
      -                       lines on standard input

    The function runs many times over, in processes of its own; what it does to the outside world, it does each time.
    """  # noqa: D301 - click takes the control character \b for "do not wrap"
    console = Console(highlight=False)
    try:
        options = Options(
            budget_s=budget,
            pools=pools or (),
            workers=workers or (),
            chunksizes=chunksize or (),
            start_methods=start_method or (),
            pythons=find_pythons(pythons or ("",)),
            dask=dask,
            ray=ray,
            margin=margin,
            timeout_s=timeout,
            what_if=what_if,
        )
        outputs = Outputs(json_file(json_path, as_json), Output("--pyperf", pyperf_path, _write_pyperf))
        workload = workload_of(targets, items, max_items)
        with watching(console, outputs.save) as watch:
            record, interrupt = compare_workload(workload, Laboratory(workload), options, watch=watch)
    except WhichpoolError as error:
        click.echo(f"whichpool: {error}", err=True)
        sys.exit(error.exit_code)
    if record is not None:
        outputs.save(record)
        if console.is_terminal:
            console.print(whole_report(record, console.width, explain=explain), crop=False)
        else:
            click.echo(as_text(record, explain=explain))
    if outputs.trouble:
        click.echo(f"whichpool: {outputs.trouble}", err=True)
    if interrupt is not None:
        sys.exit(TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED)
    sys.exit(_exit_code(record))


def _exit_code(record: Record | None) -> int:
    return _UNDECIDED if record is None or record.verdict.outcome is Outcome.UNDECIDED else 0


def _write_pyperf(record: Record, path: Path) -> None:
    from whichpool.report.pyperf_suite import write_pyperf  # noqa: PLC0415 - pyperf is slow to import

    write_pyperf(record, path)
