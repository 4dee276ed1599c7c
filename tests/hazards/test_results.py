"""Results and exceptions: what cannot travel back is found in the code, and checked against pickle itself."""

import pickle
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from tests.hazards.seeing import pools, subjects
from whichpool.hazards.results import find_exception_that_stays, find_result_that_stays
from whichpool.values.hazards import PICKLED

IMPORTS = "import collections, csv, os, re, threading\nfrom collections import Counter, defaultdict, namedtuple\n"
IMPORTS += "from collections import OrderedDict\nWORD = re.compile('a')\nPoint = namedtuple('Point', 'x y')\n"
IMPORTS += "class Store:\n    def __init__(self):\n        self.lock = threading.Lock()\n"
IMPORTS += "class Plain:\n    def __init__(self):\n        self.names = []\n"
IMPORTS += "def numbers(n):\n    yield n\ndef doubled(n):\n    return [n, n]\n"


def run(text: str) -> Callable[[object], Any]:
    """Run the test's own text and take its function; a module of its name holds what pickle looks for."""
    names: dict[str, Any] = {"__name__": __name__}
    exec(dedent(text), names)  # noqa: S102 - the text stands in this file
    globals().update(
        {name: value for name, value in names.items() if name in {"Point", "Store", "Plain"} or name.endswith("Error")}
    )
    work: Callable[[object], Any] = names["work"]
    return work


@pytest.mark.parametrize(
    "body",
    [
        "return (number for number in range(3))",
        "yield item",
        "return lambda: item",
        "def inner(): pass\n    return inner",
        "class Inner: pass\n    return Inner()",
        "return threading.Lock()",
        "return item, open(os.devnull)",
        "with open(os.devnull) as file:\n        return file",
        "return {'file': open(os.devnull)}",
        "counts = defaultdict(lambda: 0)\n    counts[item] += 1\n    return counts",
        "counts = {}\n    return counts.items()",
        "return Counter('abc').keys()",
        "return re.match('a', 'a')",
        "found = WORD.search('a')\n    return found",
        "return map(lambda number: number, [1])",
        "return csv.reader(['a'])",
        "return numbers(3)",
        "return Store()",
        "store = Store()\n    return [store]",
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_result_that_pickle_refuses_is_found(body: str) -> None:
    text = f"{IMPORTS}def work(item):\n    {body}\n"
    assert subjects(find_result_that_stays, text) == ["the result of work"]
    assert pools(find_result_that_stays, text) == set(PICKLED)
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(run(text)("a"))


@pytest.mark.parametrize(
    "body",
    [
        "return [number for number in range(3)]",
        "return sum(number for number in range(3))",
        "return sorted('abc', key=lambda letter: letter)",
        "def inner(): return item\n    return inner()",
        "with open(os.devnull) as file:\n        return file.read()",
        "counts = defaultdict(int)\n    return counts",
        "counts = defaultdict(lambda: 0)\n    counts = dict(counts)\n    return counts",
        "counts = {}\n    return list(counts.items())",
        "return re.match('a', 'a').group()",
        "return bool(WORD.search('a')), WORD.findall('a')",
        "return map(str, [1])",
        "return list(numbers(3))",
        "return doubled(3)",
        "return Point(1, 2)",
        "return OrderedDict(a=1)",
        "return item",
        "return Plain()",
        "pass",
    ],
)
def test_a_result_that_can_be_pickled_is_no_hazard(body: str) -> None:
    text = f"{IMPORTS}def work(item):\n    {body}\n"
    assert subjects(find_result_that_stays, text) == []
    assert isinstance(pickle.dumps(run(text)("a")), bytes)


def rebuilt(text: str) -> BaseException:
    """Raise the exception, and send it as a pool does."""
    try:
        run(text)("a")
    except Exception as error:
        copy: BaseException = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
        return copy
    message = "nothing was raised"
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("init", "raised"),
    [
        ("def __init__(self, a, b):\n        super().__init__(f'{a} {b}')", "OwnError(1, 2)"),
        ("def __init__(self, a, b):\n        Exception.__init__(self, a)", "OwnError(1, 2)"),
        ("def __init__(self, a):\n        super().__init__()", "OwnError(1)"),
        ("def __init__(self):\n        super().__init__('failed')", "OwnError()"),
        ("def __init__(self):\n        super().__init__('failed')", "OwnError"),
        ("def __init__(self, a, *, b):\n        super().__init__(a)", "OwnError(1, b=2)"),
        ("def __init__(self, a):\n        self.a = a", "OwnError(a=1)"),
    ],
)
def test_an_exception_that_cannot_be_made_again_is_found(init: str, raised: str) -> None:
    text = f"class OwnError(Exception):\n    {init}\ndef work(item):\n    raise {raised}\n"
    assert subjects(find_exception_that_stays, text) == ["OwnError"]
    assert pools(find_exception_that_stays, text) == set(PICKLED)
    with pytest.raises(TypeError):
        rebuilt(text)


@pytest.mark.parametrize(
    ("init", "raised"),
    [
        ("pass", "OwnError('failed')"),
        ("def __init__(self, a):\n        super().__init__(a)", "OwnError(1)"),
        ("def __init__(self, a, b=2):\n        super().__init__(a)", "OwnError(1)"),
        ("def __init__(self, a, b):\n        super().__init__(a, b)", "OwnError(1, 2)"),
        ("def __init__(self, a, b):\n        self.a = a", "OwnError(1, 2)"),
        ("def __init__(self, *all):\n        super().__init__(*all)", "OwnError(1, 2)"),
        ("def __init__(self, a, b):\n        super().__init__(f'{a}')\n        self.args = (a, b)", "OwnError(1, 2)"),
        (
            "def __init__(self, a, b): super().__init__(a)\n    def __reduce__(self): return OwnError, (1, 2)",
            "OwnError(1, 2)",
        ),
    ],
)
def test_an_exception_that_can_be_made_again_is_no_hazard(init: str, raised: str) -> None:
    text = f"class OwnError(Exception):\n    {init}\ndef work(item):\n    raise {raised}\n"
    assert subjects(find_exception_that_stays, text) == []
    assert type(rebuilt(text)).__name__ == "OwnError"


def test_a_generator_that_a_decorator_consumes_is_left_alone() -> None:
    text = "import contextlib\n@contextlib.contextmanager\ndef work(item):\n    yield item"
    assert subjects(find_result_that_stays, text) == []


def test_an_exception_of_a_function_that_the_target_calls_is_found() -> None:
    text = """
        class OwnError(Exception):
            def __init__(self, a, b):
                super().__init__(f"{a} {b}")
        def check(item):
            if not item:
                raise OwnError(item, 1)
        def work(item):
            check(item)
    """
    assert subjects(find_exception_that_stays, text) == ["OwnError"]
