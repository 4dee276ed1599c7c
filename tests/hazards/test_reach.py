"""Which functions a call reaches, and what the names in them stand for."""

from textwrap import dedent

from whichpool.hazards.looking import CaptureKind, Reached
from whichpool.hazards.module import Module
from whichpool.hazards.reach import reach
from whichpool.hazards.source import Source


def reached(text: str, name: str = "work") -> tuple[Reached, ...]:
    module = Module.parse(Source("/app.py", dedent(text)))
    target = module.find(name)
    assert target is not None
    return reach(module, name, target)


def names(text: str, name: str = "work") -> list[str]:
    return [one.name for one in reached(text, name)]


def held(text: str, name: str = "work") -> set[tuple[str, CaptureKind]]:
    return {(one.name, one.kind) for function in reached(text, name) for one in function.things.values()}


def test_functions_that_are_called_are_reached_through_each_other() -> None:
    text = """
        def last(): pass
        def middle(): last()
        def unused(): pass
        def work(item): middle()
    """
    assert names(text) == ["work", "middle", "last"]


def test_a_function_that_is_handed_on_counts_as_called() -> None:
    text = """
        def by_size(item): return item
        def work(items): return sorted(items, key=by_size)
    """
    assert names(text) == ["work", "by_size"]


def test_a_table_of_functions_leads_to_each_of_them() -> None:
    text = """
        def get(): pass
        def put(): pass
        HANDLERS = {"get": get, "put": put}
        def work(item): return HANDLERS[item]()
    """
    assert names(text) == ["work", "get", "put"]


def test_inner_functions_and_lambdas_are_reached() -> None:
    text = """
        def work(item):
            def inner(): return list(map(lambda one: one, item))
            return inner()
    """
    assert names(text) == ["work", "work.inner", "<lambda>"]


def test_the_wrapper_that_a_decorator_of_the_module_puts_around_runs_as_well() -> None:
    text = """
        def retried(times):
            def decorator(function):
                def wrapper(*arguments): return function(*arguments)
                return wrapper
            return decorator
        @retried(3)
        def work(item): pass
    """
    assert names(text) == ["work", "retried.decorator.wrapper"]


def test_methods_are_reached_by_the_class_of_what_they_are_called_on() -> None:
    text = """
        class Base:
            def note(self): pass
        class Counter(Base):
            def __init__(self): self.total = 0
            def add(self): self.note()
        COUNTER = Counter()
        def work(item, other: Counter):
            COUNTER.add()
            fresh = Counter()
            other.note()
    """
    assert set(names(text)) == {"work", "Counter.add", "Counter.__init__", "Base.note"}


def test_naming_a_class_is_not_making_an_object_of_it() -> None:
    text = """
        class Counter:
            def __init__(self): pass
        def work(item): return isinstance(item, Counter)
    """
    assert names(text) == ["work"]


def test_recursion_comes_to_an_end() -> None:
    assert names("def work(n): return other(n)\ndef other(n): return work(n - 1)") == ["work", "other"]


def test_a_parameter_stands_for_the_global_that_it_gets() -> None:
    text = """
        CACHE = {}
        def store(where, key): where[key] = 1
        def work(item): store(CACHE, item)
    """
    store = reached(text)[1]
    assert {one.name for one in store.things.values()} == {"CACHE"}


def test_variables_of_the_call_are_not_captured_by_its_inner_functions() -> None:
    text = """
        def work(item):
            found = []
            def visit(): found.append(item)
            visit()
    """
    assert held(text) == set()


def test_variables_of_a_decorator_outlive_the_call() -> None:
    text = """
        def counted(function):
            calls = 0
            def wrapper(item):
                nonlocal calls
                calls += 1
            return wrapper
        @counted
        def work(item): pass
    """
    assert ("calls", CaptureKind.CLOSURE) in held(text)


def test_self_is_captured_only_in_a_method_of_an_object_that_is_there_before() -> None:
    text = """
        class Counter:
            def add(self, item): self.total = item
        COUNTER = Counter()
    """
    assert ("self.total", CaptureKind.BOUND) in held(text, "COUNTER.add")
    assert held(text, "Counter.add") == set()


def test_a_default_that_is_made_once_is_captured_and_a_number_is_not() -> None:
    assert held("def work(item, seen=[], most=3): return seen, most") == {("seen", CaptureKind.DEFAULT)}


def test_an_alias_stands_for_what_it_was_bound_to_until_it_is_bound_anew() -> None:
    text = """
        CACHE = {}
        def work(item):
            cache = CACHE
            cache[1] = 1
            cache = dict(cache)
            cache[2] = 2
    """
    lines = {getattr(node, "lineno", 0) for node, one in reached(text)[0].things.items() if one.name == "CACHE"}
    assert lines == {4, 5, 6}


def test_a_module_as_long_as_it_likes_is_reached_within_bounds() -> None:
    text = "\n".join(f"def f{n}(item): return f{n + 1}(item)" for n in range(500))
    assert len(names(text, "f0")) == 200
