"""Travel: functions and instances that pickle cannot send are found in the code, and those that it can are not."""

import pytest

from tests.hazards.seeing import found, pools, subjects
from whichpool.hazards.caches import find_per_worker_caches
from whichpool.hazards.travel import find_function_that_stays, find_instance_that_stays
from whichpool.values.hazards import PICKLED, Hazard

WRAPPER = """
import functools
def log(function):
    {0}
    def wrapper(*arguments):
        return function(*arguments)
    return wrapper
def retry(times):
    def decorate(function):
        {0}
        def wrapper(*arguments):
            return function(*arguments)
        return wrapper
    return decorate
"""
DEF = "\ndef work(item):\n    return item\n"


@pytest.mark.parametrize(
    "text",
    [
        "work = lambda item: item",
        "def make():\n    def work(item):\n        return item\n    return work\nwork = make()",
        "def make():\n    return lambda item: item\nwork = make()",
        WRAPPER.format("") + "@log" + DEF,
        WRAPPER.format("") + "@retry(3)" + DEF,
        "class Memo:\n    def __init__(self, f): self.f = f\n    def __call__(self, x): return self.f(x)\n@Memo" + DEF,
    ],
)
def test_a_function_without_a_name_to_be_found_by_cannot_be_sent(text: str) -> None:
    assert pools(find_function_that_stays, text) == set(PICKLED)


@pytest.mark.parametrize(
    "text",
    [
        DEF,
        WRAPPER.format("@functools.wraps(function)") + "@log" + DEF,
        WRAPPER.format("@functools.wraps(function)") + "@retry(3)" + DEF,
        "import functools\n@functools.lru_cache" + DEF,
        "from elsewhere import decorated\n@decorated" + DEF,
        "KNOWN = []\ndef register(function):\n    KNOWN.append(function)\n    return function\n@register" + DEF,
        "import functools\ndef log(f):\n    def w(x): return f(x)\n    return functools.update_wrapper(w, f)\n@log"
        + DEF,
        "try:\n    import fast\nexcept ImportError:\n    def work(item):\n        return item\n",
        "from functools import partial\ndef add(a, b):\n    return a + b\nwork = partial(add, 2)",
    ],
)
def test_a_function_that_its_name_leads_to_can_be_sent(text: str) -> None:
    assert subjects(find_function_that_stays, text) == []


CLASS = """
import threading, sqlite3
from dataclasses import dataclass, field
class Store:
    def __init__(self, path):
        self.path = path
        self.part = {0}
    {1}
    def get(self, key):
        return self.part
    @staticmethod
    def fixed(key):
        return key
"""


@pytest.mark.parametrize("part", ["threading.Lock()", "sqlite3.connect(path)", "open(path)", "lambda key: key"])
def test_an_instance_that_holds_what_cannot_be_pickled_cannot_be_sent(part: str) -> None:
    text = CLASS.format(part, "")
    assert subjects(find_instance_that_stays, text, "Store.get") == ["self.part"]
    assert pools(find_instance_that_stays, text, "Store.get") == set(PICKLED)


def test_a_lock_that_a_dataclass_makes_by_default_is_found() -> None:
    text = """
        import threading
        from dataclasses import dataclass, field
        @dataclass
        class Store:
            lock: threading.Lock = field(default_factory=threading.Lock)
            names: list = field(default_factory=list)
            def get(self, key):
                return key
    """
    assert subjects(find_instance_that_stays, text, "Store.get") == ["self.lock"]


@pytest.mark.parametrize(
    ("part", "more", "name"),
    [
        ("{}", "", "Store.get"),
        ("[number for number in range(3)]", "", "Store.get"),
        ("threading.Lock()", "def __getstate__(self): return {}", "Store.get"),
        ("threading.Lock()", "", "Store.fixed"),
        ("threading.Lock()", "", "Store"),
    ],
)
def test_an_instance_that_can_be_sent_is_no_hazard(part: str, more: str, name: str) -> None:
    assert subjects(find_instance_that_stays, CLASS.format(part, more), name) == []


@pytest.mark.parametrize("decorator", ["functools.lru_cache", "functools.cache", "functools.lru_cache(maxsize=None)"])
def test_a_memory_of_results_is_a_note_and_no_hazard(decorator: str) -> None:
    (finding,) = found(find_per_worker_caches, f"import functools\n@{decorator}{DEF}")
    assert (finding.hazard, finding.subject, finding.effects) == (Hazard.PER_WORKER_CACHE, "work", {})


def test_the_memory_of_a_function_that_is_called_is_noted_too() -> None:
    text = "from functools import cache\n@cache\ndef square(x):\n    return x * x\ndef work(x):\n    return square(x)"
    assert [finding.subject for finding in found(find_per_worker_caches, text)] == ["square"]
