"""``whichpool run``: argv to a job, its results to a file, what it did to text and an exit code."""

from __future__ import annotations

import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click
from rich.console import Console

from whichpool.cli.parameters import Names
from whichpool.cli.signals import INTERRUPTED, TERMINATED, Terminated
from whichpool.cli.workload import workload_of
from whichpool.errors import WhichpoolError
from whichpool.lab.digest import digest_of
from whichpool.lab.target import Loaded, load
from whichpool.report.bar import Bar
from whichpool.running.crew import CrewBroken
from whichpool.running.mapping import run_job
from whichpool.running.options import POOLS, Options
from whichpool.running.record import Record
from whichpool.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whichpool.running.account import JobReport

_FAILED = 1
_MOST_SHOWN = 3


class _Bytes(click.ParamType[int]):
    """A size: ``500M``, ``2G`` or a number of bytes."""

    name = "size"
    _UNITS = {"K": 10**3, "M": 10**6, "G": 10**9}  # noqa: RUF012 - nobody changes it

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).strip().upper().removesuffix("B")
        unit = self._UNITS.get(text[-1:], 1)
        try:
            return int(float(text.rstrip("KMG")) * unit)
        except ValueError:
            return self.fail(f"{value!r} is no size, such as 500M or 2G", param, ctx)


@click.command(
    context_settings={"max_content_width": 100},
    epilog="Exit codes: 0 every item has a result, 1 some failed, 2 wrong call, 130 interrupted, 143 terminated.",
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
@click.option("--memory-limit", type=_Bytes(), metavar="SIZE", help="What a worker process may come to use: 500M, 2G.")
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
    interrupt: KeyboardInterrupt | None = None
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
            record.refuse_other_items(loaded.items, digest_of)
            job = _Run(loaded, record, options)
            try:
                job.run(console)
            except KeyboardInterrupt as error:
                interrupt = error
    except (WhichpoolError, CrewBroken) as error:
        click.echo(f"whichpool: {error}", err=True)
        sys.exit(error.exit_code if isinstance(error, WhichpoolError) else _FAILED)
    click.echo(job.summary(out))
    if interrupt is not None:
        click.echo(f"whichpool: interrupted; to go on: {_to_go_on()}", err=True)
        sys.exit(TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED)
    sys.exit(_FAILED if job.failed else 0)


class _Run:
    """A job on its way into its record."""

    def __init__(self, loaded: Loaded, record: Record, options: Options) -> None:
        self._loaded = loaded
        self._record = record
        self._options = options
        self._recorded = len(record.digests)
        self._left = [index for index in range(len(loaded.items)) if index not in record.digests]
        self._shown: list[str] = []
        self._stopped = False
        self.failed = record.failed
        self._report: JobReport | None = None

    def run(self, console: Console) -> None:
        """Run what is left, and record every outcome."""
        if not self._left:
            return
        everything: Sequence[Any] = self._loaded.items
        items = [everything[index] for index in self._left] if self._recorded else everything
        outcomes = run_job(self._loaded.function, items, self._options, unpacked=self._loaded.facts.unpacked)
        self._report = outcomes.report
        bar = Bar(len(everything)) if console.is_terminal else None
        with bar or nullcontext(), closing(outcomes):
            for at, value, failure in outcomes:
                index = self._left[at]
                self._record.add(index, digest_of(everything[index]), value, failure)
                if failure is not None:
                    self._note(index, failure)
                    if self._options.errors == "raise":
                        self._stopped = True
                        break
                if bar is not None:
                    bar.show(self._record.on_disk, self.failed, outcomes.report.pool)
            self._record.commit()
            if bar is not None:
                bar.show(self._record.on_disk, self.failed, outcomes.report.pool)

    def summary(self, out: Path) -> str:
        """Tell what was done, where and why, and what failed."""
        lines = []
        if self._recorded:
            lines.append(f"{count(self._recorded, 'item')} on record already, not run again")
        if self._report is None:
            lines.append("There was nothing left to run.")
        else:
            lines += str(self._report).splitlines()
        lines += self._shown
        if self.failed > len(self._shown):
            lines.append(f'  {self.failed - len(self._shown):,} more failed: lines with an "error" in {out}')
        if self._stopped:
            lines.append("ended at the first failure, because of --errors raise")
        items = count(len(self._loaded.items), "item")
        lines.append(f"{self._record.on_disk:,} of {items} in {out}, {self.failed:,} of them failed")
        return "\n".join(lines)

    def _note(self, index: int, failure: BaseException) -> None:
        self.failed += 1
        if len(self._shown) < _MOST_SHOWN:
            first_line = f"{type(failure).__name__}: {failure}".splitlines()[0]
            self._shown.append(f"  {self._loaded.show_item(index)} failed: {first_line}")


def _to_go_on() -> str:
    """Write the command that goes on with the job."""
    import shlex  # noqa: PLC0415 - seldom needed

    arguments = [argument for argument in sys.argv[1:] if argument != "--resume"]
    return shlex.join(["whichpool", *arguments, "--resume"])
