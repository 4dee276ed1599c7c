"""Where an item's time goes, in a line or two."""

from collections.abc import Iterator

from rich.text import Text

from whichpool.values import Anatomy, Band, Record
from whichpool.values.spread import spread_of
from whichpool.wording import count, duration, number, size

_SHARP = 6
_RESOLVED = 25
_MENTIONED = 10
_PICKLING_MATTERS = 0.05
_SLOWEST_MATTER = 0.2
_ELSEWHERE_MATTERS = 0.1


def anatomy_line(record: Record) -> Iterator[Text]:
    """Say where an item's time goes; nothing where that is not known."""
    anatomy = record.anatomy
    if anatomy is None:
        return
    held = (record.gil_held or anatomy.gil_held) if record.facts.gil else None
    text = Text.assemble("An item takes ", (duration(anatomy.item_s), "bold"), ": ")
    text.append(", ".join(_shares(_computing(anatomy), held)), style="bold")
    yield text.append("".join(f"; {part}" for part in [*_parcels(anatomy), *_native(anatomy), *_spread(anatomy)]))


def _computing(anatomy: Anatomy) -> float:
    """The share of its time for which an item computes, in its own thread or in those that it waits for."""
    threads = 1 if anatomy.native is None else anatomy.native.threads
    shared_out_s = (anatomy.cpu_s + anatomy.native_cpu_s) / threads
    return min(1.0, max(anatomy.cpu_s, shared_out_s) / anatomy.item_s)


def _shares(computing: float, held: Band | None) -> Iterator[str]:
    """Split an item's time in percent: each figure is what the one before leaves, so that they add up to 100.

    Where the band of the GIL is narrow it is told as one figure, and where it is too wide to tell anything, not at all.
    """
    cpu = round(100 * computing)
    if held is None:
        if cpu:
            yield f"{cpu}% computing (no GIL)"
    else:
        low, high = round(100 * held.low), round(100 * held.high)
        cpu = max(cpu, low)  # there is code that sleeps and keeps the GIL
        high = min(high, cpu)
        if high - low > _RESOLVED:
            yield f"{cpu}% computing (GIL: not resolved)"
        else:
            yield from _by_gil(cpu, low, high)
    if cpu < 100:  # noqa: PLR2004 - percent
        yield f"{100 - cpu}% waiting"


def _by_gil(cpu: int, low: int, high: int) -> Iterator[str]:
    if high - low <= _SHARP:
        low = high = high if high == cpu else (low + high) // 2
    if high:
        yield f"{_span(low, high)}% Python holding the GIL"
    if cpu > high or cpu - low > _MENTIONED:
        yield f"{_span(cpu - high, cpu - low)}% native code without {'it' if high else 'the GIL'}"


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _parcels(anatomy: Anatomy) -> Iterator[str]:
    """Say what goes to another process and back, and what does not."""
    parcels = {"arguments": anatomy.arguments, "results": anatomy.results}
    stuck = [name for name, parcel in parcels.items() if parcel is None]
    if stuck:
        yield f"{' and '.join(stuck)} cannot be pickled: processes cannot be used"
        return
    ways = zip(("in", "out"), filter(None, parcels.values()), strict=True)
    yield ", ".join(f"{size(parcel.size_bytes)} {way}" for way, parcel in ways)
    pickling_s = sum(parcel.dump_s + parcel.load_s for parcel in parcels.values() if parcel)
    if pickling_s >= _PICKLING_MATTERS * anatomy.item_s:
        yield f"pickling takes {duration(pickling_s)}"


def _native(anatomy: Anatomy) -> Iterator[str]:
    if anatomy.native is not None:
        libraries = f" ({', '.join(anatomy.native.libraries)})" if anatomy.native.libraries else ""
        busy = min(anatomy.native.threads, (anatomy.cpu_s + anatomy.native_cpu_s) / anatomy.item_s)
        yield f"{count(anatomy.native.threads, 'native thread')}{libraries} keep {number(busy)} cores busy"
    elif anatomy.native_cpu_s >= _ELSEWHERE_MATTERS * anatomy.item_s:
        yield f"threads or programs that it starts compute for {duration(anatomy.native_cpu_s)}"


def _spread(anatomy: Anatomy) -> Iterator[str]:
    spread = spread_of(anatomy.timings)
    if spread is None:
        return
    heavy = spread.slowest_share is not None and spread.slowest_share >= _SLOWEST_MATTER
    if spread.uneven or heavy:
        words = f"items take {duration(spread.low_s)} to {duration(spread.high_s)}"
        yield f"{words}, the slowest 1 in 20 have {spread.slowest_share:.0%} of the time" if heavy else words
    if spread.drift is not None:
        longer, shorter = ("later", "early") if spread.drift > 1 else ("early", "later")
        ratio = max(spread.drift, 1 / spread.drift)
        yield f"{longer} items take {number(ratio)}× as long as {shorter} ones"
