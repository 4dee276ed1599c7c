"""Modules: names lead to what they are bound to, and functions are found by the names they are called by."""

import ast
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.hazards.module import Module
from whichpool.hazards.source import Source

MODULE = """
import os.path, numpy as np
from random import shuffle as mix
from . import neighbour
from .near import friend
try:
    import fast
except ImportError:
    fast = None

TOTAL = 0
TOTAL += 1
first, second = [], {}
both, *rest = make()
with open("x") as handle:
    inside = True
for number in range(3):
    pass
if (walrus := 3) > 2:
    typed: int = 4
class Base:
    def inherited(self): pass
class Counter(Base):
    def add(self): pass
    def __call__(self): pass
    def __init__(self): pass
    class Inner:
        def deep(self): pass
COUNTER = Counter()
OTHER = COUNTER
def function(x): inner = 1
loud = lambda x: x
half = partial(function, 2)
remembered = lru_cache(maxsize=None)(function)
method = COUNTER.add
loop = loop
class Knot:
    tie = KNOT.tie
KNOT = Knot()
again = function
"""


def module(text: str = MODULE) -> Module:
    return Module.parse(Source("/app.py", dedent(text)))


def shown(text: str, name: str) -> list[str]:
    return [ast.unparse(value) for value in module(text).bindings[name]]


def test_imported_names_lead_to_their_origins() -> None:
    assert module().imported == {
        "os": "os",
        "np": "numpy",
        "mix": "random.shuffle",
        "neighbour": ".neighbour",
        "friend": ".near.friend",
        "fast": "fast",
    }


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("TOTAL", ["0", "TOTAL += 1"]),
        ("first", ["[]"]),
        ("second", ["{}"]),
        ("both", ["make()"]),
        ("rest", ["make()"]),
        ("handle", ["open('x')"]),
        ("inside", ["True"]),
        ("number", ["range(3)"]),
        ("walrus", ["3"]),
        ("typed", ["4"]),
        ("fast", ["None"]),
    ],
)
def test_the_top_level_binds_names_wherever_its_statements_stand(name: str, values: list[str]) -> None:
    assert shown(MODULE, name) == values


def test_a_function_s_own_names_are_not_the_module_s() -> None:
    assert "inner" not in module().bindings
    assert "x" not in module().bindings


@pytest.mark.parametrize(
    ("dotted", "found"),
    [
        ("function", "function"),
        ("half", "function"),
        ("remembered", "function"),
        ("again", "function"),
        ("Counter.add", "add"),
        ("Counter.inherited", "inherited"),
        ("Counter.Inner.deep", "deep"),
        ("COUNTER.add", "add"),
        ("OTHER.inherited", "inherited"),
        ("method", "add"),
        ("Counter", "__init__"),
        ("COUNTER", "__call__"),
    ],
)
def test_a_function_is_found_by_the_name_it_is_called_by(dotted: str, found: str) -> None:
    node = module().find(dotted)
    assert isinstance(node, ast.FunctionDef)
    assert node.name == found


def test_a_lambda_is_found() -> None:
    assert isinstance(module().find("loud"), ast.Lambda)


@pytest.mark.parametrize(
    "dotted", ["TOTAL", "missing", "Counter.missing", "loop", "KNOT.tie", "function.attribute", "mix", ""]
)
def test_what_is_no_function_of_the_module_is_not_found(dotted: str) -> None:
    assert module().find(dotted) is None


@pytest.mark.parametrize(
    ("expression", "origin"),
    [
        ("np.random.rand", "numpy.random.rand"),
        ("mix", "random.shuffle"),
        ("os.path.join", "os.path.join"),
        ("open", "builtins.open"),
        ("Counter.add", None),
        ("unknown", None),
        ("here.chdir", "os.chdir"),
        ("f().x", None),
    ],
)
def test_a_chain_of_names_leads_to_its_origin(expression: str, origin: str | None) -> None:
    node = ast.parse(expression, mode="eval").body
    assert module().dotted(node, {"here": "os"}) == origin


def test_a_builtin_that_the_module_rebinds_is_the_module_s() -> None:
    node = ast.parse("open", mode="eval").body
    assert module("def open(x): pass").dotted(node) is None


@pytest.mark.parametrize(
    ("text", "always", "main"),
    [
        ("a\nif __name__ == '__main__':\n    b\nc", "ac", "b"),
        ("if '__main__' == __name__:\n    b\nelse:\n    c", "c", "b"),
        ("if __name__ != '__main__':\n    b\nelse:\n    c", "b", "c"),
        ("if not __name__ == '__main__':\n    b\nelse:\n    c", "b", "c"),
        ("if not __name__ != '__main__':\n    b\nelse:\n    c", "c", "b"),
        ("if __name__ == '__main__' and not a:\n    b", "", "b"),
        ("if a:\n    b", "?", ""),
    ],
)
def test_what_stands_under_the_main_guard_is_told_apart(text: str, always: str, main: str) -> None:
    def names(statements: list[ast.stmt]) -> str:
        return "".join(ast.unparse(s) if isinstance(s, ast.Expr) else "?" for s in statements)

    assert names(list(module(text).top_level())) == always
    assert names(list(module(text).main_block())) == main


def test_a_spot_counts_from_the_text_s_first_line() -> None:
    parsed = Module.parse(Source("<cell>", "x = 1\nif x:\n    y = 2\n", 10))
    spot = parsed.spot(parsed.bindings["y"][0], "f")
    assert (spot.file, spot.line, spot.text, spot.function) == ("<cell>", 12, "y = 2", "f")


@pytest.mark.parametrize("text", ["def f(:", "x = '\0'", "(" * 5000, "-" * 100_000 + "1"])
def test_what_cannot_be_read_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        Module.parse(Source("/app.py", text))


def test_a_careless_escape_in_the_user_s_text_warns_nobody() -> None:
    assert module(r"x = '\d'").bindings


@given(st.text(max_size=40))
def test_any_text_is_a_module_or_a_syntax_error(text: str) -> None:
    try:
        parsed = Module.parse(Source("/app.py", text))
    except SyntaxError:
        return
    assert parsed.find("x") is None or "x" in parsed.bindings
