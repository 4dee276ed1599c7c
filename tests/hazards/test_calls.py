"""Calls: those that do not fit the function are found before anything runs, and the words are Python's own."""

import inspect

import pytest

from tests.hazards.seeing import found, subjects
from whichpool.hazards.calls import find_calls_that_do_not_fit
from whichpool.values.hazards import PoolKind

SIGNATURES = ["", "a", "a, b=2", "a, /, b", "a, *, c", "*rest", "**named", "a, *rest, c=3, **named"]
ARGUMENTS = ["()", "(1)", "(1, 2)", "(1, c=2)", "(a=1)", "(1, b=2)", "(b=2)", "(1, 2, 3, z=4)"]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_written_call_is_judged_as_python_judges_it(signature: str, arguments: str) -> None:
    names: dict[str, object] = {}
    exec(f"def work({signature}): pass\ndef take(*a, **k): return a, k\ngiven = take{arguments}", names)  # noqa: S102
    work, given = names["work"], names["given"]
    assert callable(work)
    assert isinstance(given, tuple)
    findings = found(find_calls_that_do_not_fit, f"def work({signature}): pass", "work", arguments)
    complaint = ""
    try:
        inspect.signature(work).bind(*given[0], **given[1])
    except TypeError as error:
        complaint = str(error)
    assert len(findings) == bool(complaint)
    assert all(complaint in finding.message and set(finding.effects) == set(PoolKind) for finding in findings)


def test_the_article_s_bug_is_named_with_the_call_and_the_signature() -> None:
    text = """
        import threading
        def calc_quad():
            print("Quad:", 7 ** 4)
        if __name__ == "__main__":
            thread = threading.Thread(target=calc_quad, args=(7,))
    """
    (finding,) = found(find_calls_that_do_not_fit, text, "calc_quad")
    assert finding.subject == "calc_quad"
    assert "threading.Thread(target=calc_quad, args=(7,)) does not fit def calc_quad()" in finding.message
    assert [spot.line for spot in finding.spots] == [6, 3]


@pytest.mark.parametrize(
    "start",
    [
        "threading.Thread(target=work)",
        "threading.Thread(target=work, args=(1, 2, 3))",
        "threading.Thread(target=work, args=(1,))",
        "threading.Thread(target=work, args=(1,), kwargs={'c': 1})",
        "threading.Thread(target=work, args=(1))",
        "threading.Thread(target=work, args=('abc'))",
        "threading.Thread(target=work(1, 2))",
        "mp.Process(target=work, args=[1])",
        "mp.get_context('spawn').Process(target=work, args=[1])",
        "pool.submit(work, 1)",
        "pool.submit(work, 1, 2, 3)",
        "pool.submit(work(1, 2))",
        "pool.apply_async(work, (1,))",
        "pool.map(work, [1, 2])",
    ],
)
def test_a_call_handed_to_a_thread_or_a_pool_is_held_against_the_signature(start: str) -> None:
    text = f"import threading\nimport multiprocessing as mp\ndef work(a, b): pass\ndef main(pool):\n    {start}\n"
    assert subjects(find_calls_that_do_not_fit, text) == ["work"]


@pytest.mark.parametrize(
    "start",
    [
        "threading.Thread(target=work, args=(1, 2))",
        "threading.Thread(target=work, args=(1,), kwargs={'b': 1})",
        "threading.Thread(target=work, args=arguments)",
        "threading.Thread(target=work, args=(*arguments, 1))",
        "threading.Thread(target=work, kwargs=named)",
        "threading.Thread(target=other, args=(1,))",
        "mp.Process(target=work, args=[1, 2])",
        "pool.submit(work, 1, b=2)",
        "pool.submit(work, *arguments)",
        "pool.apply_async(work, (1, 2))",
        "pool.starmap(work, [(1, 2)])",
        "pool.map(work, [1], [2])",
        "frame.apply(work, 'columns')",
        "frame.apply(work, axis=1)",
        "series.map(work)",
    ],
)
def test_a_call_that_fits_or_cannot_be_read_is_no_hazard(start: str) -> None:
    text = f"import threading\nimport multiprocessing as mp\ndef work(a, b): pass\ndef main(pool):\n    {start}\n"
    assert subjects(find_calls_that_do_not_fit, text) == []


@pytest.mark.parametrize(
    "main",
    [
        "def main(pool, work):\n    pool.submit(work, 1)",
        "def main(pool):\n    for work in (print, len):\n        pool.submit(work, 1)",
        "class Main:\n    def start(self, pool, *, work):\n        return lambda: pool.submit(work, 1)",
    ],
)
def test_another_thing_of_the_same_name_is_not_the_function(main: str) -> None:
    assert subjects(find_calls_that_do_not_fit, f"def work(a, b): pass\n{main}\n") == []


@pytest.mark.parametrize("returns", ["return lambda: a", "def run(): pass\n    return run", "return partial(print, a)"])
def test_a_factory_may_be_called_at_once(returns: str) -> None:
    text = f"import threading\ndef work(a):\n    {returns}\ndef main():\n    threading.Thread(target=work(1))\n"
    assert subjects(find_calls_that_do_not_fit, text) == []


@pytest.mark.parametrize(
    ("name", "arguments", "fits"),
    [
        ("SHOP.sell", "(1)", True),
        ("SHOP.sell", "(1, 2)", False),
        ("Shop.sell", "(SHOP, 1)", True),
        ("Shop.sell", "(1)", False),
        ("Shop.fixed", "(1)", True),
        ("Shop.made", "(1)", True),
        ("Shop.made", "(SHOP, 1)", False),
        ("half", "(1)", True),
        ("wrapped", "(1, 2, 3)", True),
        ("loud", "(1, 2)", False),
    ],
)
def test_methods_get_their_object_and_what_decorators_change_is_left_alone(
    name: str, arguments: str, *, fits: bool
) -> None:
    text = """
        from functools import partial
        from elsewhere import decorated
        class Shop:
            def sell(self, item): pass
            @staticmethod
            def fixed(item): pass
            @classmethod
            def made(cls, item): pass
        SHOP = Shop()
        def both(a, b): pass
        half = partial(both, 1)
        @decorated
        def wrapped(a): pass
        loud = lambda item: item
    """
    assert (subjects(find_calls_that_do_not_fit, text, name, arguments) == []) is fits
