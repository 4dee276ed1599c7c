"""What is done to captured things, and whether a lock is held meanwhile."""

from textwrap import dedent

import pytest

from whichpool.hazards.accesses import accesses
from whichpool.hazards.looking import Access, Deed
from whichpool.hazards.module import Module
from whichpool.hazards.reach import reach
from whichpool.hazards.source import Source

TOP = """
import bisect, collections, config, contextlib, heapq, itertools, logging, math, queue, random, threading
import numpy as np
import pandas as pd
CACHE, ITEMS, SEEN, TOTAL, TEXT = {}, [1], set(), 0, "a,b"
ARRAY, FRAME, IDS = np.zeros(3), pd.DataFrame(), itertools.count()
LOCK, EVENT, QUEUE, LOCAL = threading.Lock(), threading.Event(), queue.Queue(), threading.local()
class PerThread(threading.local): pass
class Deeper(PerThread): pass
EACH = Deeper()
log = logging.getLogger(__name__)
clock = None
note = ITEMS.append
"""


def of(body: str) -> list[Access]:
    text = TOP + "def work(item):\n" + "".join(f"    {line}\n" for line in dedent(body).strip().split("\n"))
    module = Module.parse(Source("/app.py", text))
    target = module.find("work")
    assert target is not None
    return list(accesses(module, reach(module, "work", target)))


def deeds(body: str) -> set[tuple[str, Deed]]:
    return {(access.captured.name, access.deed) for access in of(body)}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("CACHE[item] = 1", "CACHE"),
        ("del CACHE[item]", "CACHE"),
        ("CACHE[item][0].append(1)", "CACHE"),
        ("CACHE.setdefault(item, []).append(1)", "CACHE"),
        ("for one in ITEMS: one.append(1)", "ITEMS"),
        ("ITEMS.append(item)", "ITEMS"),
        ("add = ITEMS.append\nadd(item)", "ITEMS"),
        ("list(map(ITEMS.append, item))", "ITEMS"),
        ("note(item)", "ITEMS"),
        ("ITEMS[:] = []", "ITEMS"),
        ("heapq.heappush(ITEMS, item)", "ITEMS"),
        ("bisect.insort(ITEMS, item)", "ITEMS"),
        ("random.shuffle(ITEMS)", "ITEMS"),
        ("config.DEBUG = True", "config.DEBUG"),
        ("next(IDS)", "IDS"),
        ("ARRAY[item] = 1", "ARRAY"),
        ("view = ARRAY[1:]\nview[0] = 1", "ARRAY"),
        ("ARRAY.fill(1)", "ARRAY"),
        ("np.multiply(item, 2, out=ARRAY)", "ARRAY"),
        ("FRAME.dropna(inplace=True)", "FRAME"),
        ("some = ITEMS\nsome += [item]", "ITEMS"),
        ("work.calls = 1", "work.calls"),
    ],
)
def test_changes_in_place_are_seen(body: str, name: str) -> None:
    assert (name, Deed.CHANGED) in deeds(body)


@pytest.mark.parametrize(
    "body",
    [
        "np.append(ARRAY, item)",
        "pd.concat([FRAME, item])",
        "FRAME.add(1)",
        "some = FRAME[FRAME.a > 1]\nsome['b'] = 1",
        "log.info('x')",
        "QUEUE.put(item)",
        "EVENT.clear()",
        "LOCAL.value = item",
        "EACH.value = EACH.value + 1",
        "some = ITEMS[1:]\nsome.append(1)",
        "some = dict(CACHE)\nsome[1] = 1",
        "some = TOTAL\nsome += 1",
        "TEXT.partition(',')",
        "item.append(1)\nitem['x'] = 2\nitem.count += 1",
        "return CACHE.get(item), ITEMS[0], len(SEEN)",
        "CACHE = {}\nCACHE[1] = 1",
        "[ITEMS for ITEMS in item]",
        "class Inner:\n    TOTAL = 1",
        "global TOTAL\nreturn TOTAL",
    ],
)
def test_what_changes_nothing_captured_is_let_be(body: str) -> None:
    assert not {deed for _, deed in deeds(body)} - {Deed.ITERATED}


@pytest.mark.parametrize(
    "body",
    [
        "global TOTAL\nTOTAL += 1",
        "global TOTAL\nTOTAL = TOTAL + 1",
        "global TOTAL\nold = TOTAL\nnew = old + 1\nTOTAL = new",
        "global TOTAL\nif not TOTAL:\n    TOTAL = 1",
        "global TOTAL\nif TOTAL:\n    return TOTAL\nTOTAL = 1",
    ],
)
def test_a_writing_that_rests_on_a_reading_is_an_update(body: str) -> None:
    assert deeds(body) >= {("TOTAL", Deed.UPDATED), ("TOTAL", Deed.ASSIGNED)}


@pytest.mark.parametrize(
    "body",
    [
        "CACHE[item] = CACHE.get(item, 0) + 1",
        "if item not in CACHE:\n    CACHE[item] = 1",
        "try:\n    return CACHE[item]\nexcept KeyError:\n    CACHE[item] = 1",
        "while CACHE:\n    CACHE.popitem()",
    ],
)
def test_check_then_act_on_a_container_is_an_update(body: str) -> None:
    assert deeds(body) >= {("CACHE", Deed.UPDATED), ("CACHE", Deed.CHANGED)}


def test_setting_an_item_without_reading_is_no_update() -> None:
    assert deeds("CACHE[item] = len(ITEMS)") == {("CACHE", Deed.CHANGED)}


def test_globals_by_their_dict_are_assigned() -> None:
    assert deeds("globals()['TOTAL'] = 1") == {("TOTAL", Deed.ASSIGNED)}


def test_a_loop_over_a_copy_is_no_iteration() -> None:
    assert ("CACHE", Deed.ITERATED) in deeds("for key in CACHE.items(): pass")
    assert deeds("for key in list(CACHE): pass") == set()


@pytest.mark.parametrize(
    "body",
    [
        "with LOCK:\n    CACHE[item] = 1",
        "with item, LOCK:\n    CACHE[item] = 1",
        "LOCK.acquire()\ntry:\n    CACHE[item] = 1\nfinally:\n    LOCK.release()",
        "def inner(): CACHE[item] = 1\nwith LOCK:\n    inner()",
        "with item.mutex:\n    CACHE[item] = 1",
        "with item.get_lock():\n    CACHE[item] = 1",
        "if LOCK.acquire(timeout=1):\n    CACHE[item] = 1",
        "with contextlib.ExitStack() as stack:\n    stack.enter_context(LOCK)\n    CACHE[item] = 1",
    ],
)
def test_a_lock_that_is_held_is_seen(body: str) -> None:
    writes = [access for access in of(body) if access.deed is Deed.CHANGED]
    assert any(access.locked for access in writes)


@pytest.mark.parametrize(
    "body",
    [
        "with LOCK:\n    pass\nCACHE[item] = 1",
        "with threading.Lock():\n    CACHE[item] = 1",
        "lock = threading.Lock()\nwith lock:\n    CACHE[item] = 1",
        "with clock:\n    CACHE[item] = 1",
        "LOCK.acquire()\nLOCK.release()\nCACHE[item] = 1",
        "with contextlib.ExitStack() as stack:\n    stack.enter_context(LOCK)\nCACHE[item] = 1",
        "with contextlib.ExitStack() as stack:\n    stack.enter_context(open(item))\n    CACHE[item] = 1",
    ],
)
def test_what_keeps_nobody_out_is_no_lock(body: str) -> None:
    assert [access.locked for access in of(body) if access.deed is Deed.CHANGED] == [False]
