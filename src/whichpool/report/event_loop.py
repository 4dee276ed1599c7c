"""The code of a job in one event loop: an ``async def`` awaited one item after the other, or several at a time."""

from textwrap import indent

from whichpool.report.source import Source
from whichpool.report.writing import Job, fitted, parts_of

_LIMITED = """\
semaphore = asyncio.Semaphore({in_flight})

async def limited({argument}):
    async with semaphore:
        return {result}
"""


def one_after_the_other(source: Source) -> Job:
    """Await every item before the next one is begun."""
    if source.is_calls:
        awaited = [f"await {function}({arguments})" for function, arguments in source.calls()]
        return _job([fitted("return [", awaited, "]")], [])
    before, items = source.items(as_list=False)
    return _job([f"return [await {source.call()} for item in {items}]"], before)


def side_by_side(source: Source, in_flight: int, chunksize: int) -> Job:
    """Await so many items at a time, or so many slices where chunks hold several.

    Args:
        source: The workload.
        in_flight: How many at a time.
        chunksize: How many items are awaited one after the other.
    """
    if source.is_calls:
        limited = [f"limited({function}({arguments}))" for function, arguments in source.calls()]
        gathered = fitted("return await asyncio.gather(", limited, ")")
        return _job([_limited(in_flight, "call", "await call"), gathered], [])
    in_slices = chunksize > 1
    before, items = source.items(as_list=in_slices)
    if in_slices:
        slices = [
            "slices = await asyncio.gather(*(limited(part) for part in parts))",
            "return [result for part in slices for result in part]",
        ]
        each = f"[await {source.call()} for item in part]"
        return _job([_limited(in_flight, "part", each), *slices], [*before, parts_of(chunksize)])
    gathered = fitted("return await asyncio.gather(", [f"*(limited(item) for item in {items})"], ")")
    return _job([_limited(in_flight, "item", f"await {source.call()}"), gathered], before)


def _limited(in_flight: int, argument: str, result: str) -> str:
    return _LIMITED.format(in_flight=in_flight, argument=argument, result=result)


def _job(body: list[str], before: list[str]) -> Job:
    main = "async def main():\n" + indent("\n".join(body), "    ")
    return Job([main], [*before, "results = asyncio.run(main())"])
