"""What a worker does with a chunk. This is the inner loop of every job; nothing is added to it lightly."""

import os
from time import perf_counter, process_time
from typing import Any

from whichpool.pools.parcel import ItemFailure, Parcel
from whichpool.pools.protocol import Chunk, ChunkEnd, Function


def run_chunk(function: Function, chunk: Chunk) -> ChunkEnd:
    """Call the function on each item, and keep an item's exception as that item's failure.

    Raises:
        BaseException: What the function raised that is no ``Exception``; the pool hands it to the caller.
    """
    begun_s = perf_counter()
    items = chunk.items
    results = Parcel([], dict(items.failures))
    if items.failures:
        for place, item in enumerate(items.values):
            if place in items.failures:
                results.values.append(None)
            else:
                _call_each(function, [item], chunk, results)
    else:
        _call_each(function, items.values, chunk, results)
    return ChunkEnd(chunk.index, results, begun_s, perf_counter(), os.getpid(), process_time())


def _call_each(function: Function, items: list[Any], chunk: Chunk, results: Parcel) -> None:
    """Append the result of every item.

    One ``try`` around the loop costs nothing per item, and going on with the same iterator after an exception runs
    no item twice. A ``StopIteration`` from the function is an exception like any other here, as it would not be
    inside ``map``.
    """
    append = results.values.append
    left = iter(items)
    while True:
        try:
            if chunk.unpacked:
                for item in left:
                    append(function(*item))
            else:
                for item in left:
                    append(function(item))
        except Exception as error:  # a user's function may raise anything
            results.failures[len(results.values)] = ItemFailure.raised(error)
            append(None)
        else:
            return
