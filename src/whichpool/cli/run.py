"""``whichpool run``: argv to a job, its results to a file, what it did to text and an exit code."""

import shlex
import sys
import textwrap
from pathlib import Path
from typing import Literal, cast

import click
from rich.console import Console

from whichpool.cli.parameters import Names, Size
from whichpool.cli.recorded_job import RecordedJob
from whichpool.cli.signals import INTERRUPTED, TERMINATED, Terminated
from whichpool.cli.workload import workload_of
from whichpool.errors import WhichpoolError
from whichpool.lab.target import load
from whichpool.running.options import POOLS, Options
from whichpool.running.record import Record

_FAILED = 1


@click.command(
    context_settings={"max_content_width": 100},
    epilog="Exit codes: 0 every item has a result, 1 some failed, 2 wrong call, 130 interrupted, 141 output unread, "
    "143 terminated.",
)
@click.argument("target", metavar="TARGET")
@click.option("--items", required=True, metavar="SPEC", help="Where the items come from.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the results go, a line of JSON each.",
)
@click.option("--resume", is_flag=True, help="Go on with the job that FILE is the record of.")
@click.option("--pools", type=Names("pool", POOLS), metavar="NAMES", help=f"Pools that may be used: {','.join(POOLS)}.")
@click.option("--workers", type=click.IntRange(min=1), help="How many workers there are.  [default: found out]")
@click.option(
    "--chunksize", type=click.IntRange(min=1), help="How many items are handed over together.  [default: found out]"
)
@click.option("--timeout", type=float, metavar="SECONDS", help="How long one item may take.")
@click.option("--retries", type=click.IntRange(min=0), default=0, show_default=True, help="More tries for what fails.")
@click.option(
    "--errors",
    type=click.Choice(["return", "raise"]),
    default="return",
    show_default=True,
    help="Record what fails and go on, or end at the first.",
)
@click.option("--memory-limit", type=Size(), metavar="SIZE", help="What a worker process may come to use: 500M, 2G.")
@click.option(
    "--max-items",
    type=click.IntRange(min=1),
    default=10_000_000,
    show_default=True,
    help="When a generator is endless.",
)
def run(  # noqa: PLR0913 - one for each option
    *,
    target: str,
    items: str,
    out: Path,
    resume: bool,
    pools: tuple[str, ...] | None,
    workers: int | None,
    chunksize: int | None,
    timeout: float | None,
    retries: int,
    errors: str,
    memory_limit: int | None,
    max_items: int,
) -> None:
    """Run TARGET on all items, once each, and put every result on disk.

    TARGET is package.module:function or path/to/file.py:function, and runs in this process first: the job begins with a
    plain loop, and moves to threads or processes when that pays. SPEC is what compare takes: NAME, file.py:NAME,
    'range(100)', lines:FILE, jsonl:FILE, glob:PATTERN or - for standard input.

    A result counts when it is on disk. After any ending, --resume goes on where the record ends.
    """
    console = Console(highlight=False, stderr=True)
    interrupt: KeyboardInterrupt | BrokenPipeError | None = None
    try:
        options = Options(
            pools=pools or POOLS,
            workers=workers,
            chunksize=chunksize,
            timeout=timeout,
            retries=retries,
            errors=cast('Literal["raise", "return"]', errors),
            memory_limit=memory_limit,
        )
        loaded = load(workload_of((target,), items, max_items))
        with Record(out, resume=resume) as record:
            job = RecordedJob(loaded, record, options)
            try:
                job.run(console)
            except (KeyboardInterrupt, BrokenPipeError) as error:
                interrupt = error
    except WhichpoolError as error:
        click.echo(f"whichpool: {error}", err=True)
        sys.exit(error.exit_code)
    if isinstance(interrupt, BrokenPipeError):
        click.echo(f"whichpool: nobody reads what the items print any more; to go on: {_to_go_on()}", err=True)
        raise interrupt
    click.echo(_wrapped(job.summary(out)))
    if interrupt is not None:
        click.echo(f"whichpool: interrupted; to go on: {_to_go_on()}", err=True)
        sys.exit(TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED)
    sys.exit(_FAILED if record.failed else 0)


def _wrapped(text: str) -> str:
    """Break lines between words, where people read them."""
    console = Console()
    if not console.is_terminal:
        return text
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(
            line, console.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines)


def _to_go_on() -> str:
    """Write the command that goes on with the job."""
    arguments = [argument for argument in sys.argv[2:] if argument != "--resume"]
    return shlex.join(["whichpool", "run", "--resume", *arguments])
