"""What things cost here, for people: two tables, one of pools and one of sending values."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from whichpool.intervals import duration_interval
from whichpool.report.notes import note
from whichpool.values import Costs, PoolCosts, Samples, SendingCosts
from whichpool.values.costs import CHUNK, estimate_of
from whichpool.wording import duration, size

_NOTHING = "–"
_WIDE = 104
_SHORTEST_BYTES = 1 << 16  # below, the way itself counts, and not the bytes
_BINARY = ((1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def costs_report(
    costs: Costs, width: int, *, kept: bool, now_s: float, told: Collection[str | None] = ()
) -> RenderableType:
    """Lay out what things cost.

    Args:
        costs: What was measured.
        width: How many columns there are; where there are many, ranges are shown too.
        kept: Whether it was measured at another time.
        now_s: The time, in seconds since the epoch.
        told: What was already said of why a pool is missing, and is not said again.
    """
    when = f"in {duration(costs.elapsed_s)}"
    if kept:
        when = f"{_age(now_s - costs.measured_at_s)}; --fresh measures anew"
    heading = Text.assemble((f"Costs under Python {costs.python}", "bold"), (f"  measured {when}", "dim"))
    return Group(
        Text(),
        heading,
        Text(),
        _pools(costs.pools, is_wide=width >= _WIDE),
        *_missing({pool: why for pool, why in costs.missing.items() if why not in told}),
        Text(),
        _explained(
            "Medians; a range is from the quickest to the slowest. Start: from opening a pool of one worker until that "
            "begins, with nothing to import. End: until it is gone. Task: an empty one, handed over and its result "
            f"back, many on their way; in chunks of {CHUNK}, for each of them. Memory: what an idle worker shares with "
            "no other process."
        ),
        Text(),
        _sendings(costs.sendings),
        Text(),
        _explained("To a process that waits for it. A thread is handed the value itself, for the price of a task."),
    )


def _explained(words: str) -> Text:
    return Text(words, style="dim")


def _pools(pools: Sequence[PoolCosts], *, is_wide: bool) -> Table:
    table = _table("a worker of", "start", *_if(is_wide, "range"), "end", "task", *_if(is_wide, "range"))
    for title in (f"in {CHUNK}s", "memory"):
        table.add_column(title, justify="right", no_wrap=True)
    for pool in pools:
        memory = estimate_of(pool.private_bytes)
        table.add_row(
            str(pool),
            _seconds(pool.ready_s),
            *_if(is_wide, _range(pool.ready_s)),
            _seconds(pool.close_s),
            _seconds(pool.task_s),
            *_if(is_wide, _range(pool.task_s)),
            _seconds(pool.chunked_task_s),
            _NOTHING if memory is None else size(memory.value),
        )
    return table


def _missing(missing: Mapping[str, str]) -> Iterator[RenderableType]:
    if missing:
        yield Text()
    for pool, why in missing.items():
        yield note("–", Text.assemble(f"{pool}: ", (why, "dim")), "dim")


def _sendings(sendings: Sequence[SendingCosts]) -> Table:
    table = _table("sending", "pickling", "", "unpickling", "", "by a pipe", "")
    for sending in sendings:
        cells: list[str | Text] = []
        for samples in (sending.dump_s, sending.load_s, sending.pipe_s):
            cells += [_seconds(samples), Text(_rate(sending.size_bytes, samples), style="dim")]
        table.add_row(_value(sending), *cells)
    return table


def _table(first: str, *titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True)
    for title in titles:
        is_range = title == "range"
        table.add_column(
            title, justify="left" if is_range else "right", no_wrap=True, style="dim" if is_range else None
        )
    return table


def _if(wanted: bool, cell: str) -> tuple[str, ...]:  # noqa: FBT001 - it reads as a condition
    return (cell,) if wanted else ()


def _value(sending: SendingCosts) -> str:
    if sending.what != "bytes":
        return f"{sending.amount:,} {sending.what}"
    unit_bytes, unit = next((each, unit) for each, unit in _BINARY if sending.amount >= each)
    return f"{sending.amount // unit_bytes} {unit}"


def _seconds(samples: Samples) -> str:
    estimate = estimate_of(samples)
    return _NOTHING if estimate is None else duration(estimate.value)


def _range(samples: Samples) -> str:
    estimate = estimate_of(samples)
    return "" if estimate is None else duration_interval(estimate)


def _rate(size_bytes: int, samples: Samples) -> str:
    estimate = estimate_of(samples)
    if estimate is None or size_bytes < _SHORTEST_BYTES:
        return ""
    return f"{size(size_bytes / estimate.value)}/s"


def _age(seconds: float) -> str:
    for unit_s, unit in ((_DAY_S, "day"), (_HOUR_S, "hour"), (_MINUTE_S, "minute")):
        amount = int(seconds // unit_s)
        if amount > 0:
            return f"{amount} {unit}{'' if amount == 1 else 's'} ago"
    return "just now"
