"""What each pool makes of state that outlives the call."""

import pytest

from tests.hazards.seeing import found, pools, subjects
from whichpool.hazards.state import (
    find_assigned_state,
    find_changed_state,
    find_iteration_while_changed,
    find_mutable_defaults,
    find_races,
)
from whichpool.values.hazards import APART, THREADED, PoolKind

COUNTED = """
    TOTAL = 0
    def work(item):
        global TOTAL
        TOTAL += item
"""
LOCKED = """
    import threading
    LOCK, RESULTS = threading.Lock(), []
    def work(item):
        with LOCK:
            RESULTS.append(item)
"""
SHARED = """
    import multiprocessing
    COUNTER = multiprocessing.Value("i", 0)
    def work(item):
        COUNTER.value += 1
"""
LOOPED = """
    SEEN = {}
    def work(item):
        for key in SEEN:
            print(key)
        SEEN[item] = 1
"""


def test_an_assigned_global_says_that_processes_assign_their_own() -> None:
    (finding,) = found(find_assigned_state, "result = None\ndef work(item):\n    global result\n    result = item")
    assert finding.message == "result, a global, is assigned"
    assert set(finding.effects) == {*APART, *THREADED}
    assert [(spot.line, spot.text, spot.function) for spot in finding.spots] == [(4, "result = item", "work")]


def test_a_race_speaks_for_the_threads_and_the_assignment_for_the_rest() -> None:
    assert pools(find_assigned_state, COUNTED) == set(APART)
    assert pools(find_races, COUNTED) == set(THREADED)


def test_a_race_is_likelier_without_a_gil() -> None:
    (finding,) = found(find_races, COUNTED)
    assert "far likelier" in finding.effects[PoolKind.FREE_THREADS]
    assert "rare" in finding.effects[PoolKind.THREADS]


def test_a_lock_mends_threads_and_not_processes() -> None:
    (finding,) = found(find_changed_state, LOCKED)
    assert set(finding.effects) == set(APART)
    assert "a lock mends it for threads only" in finding.mend
    assert found(find_races, LOCKED) == []


def test_a_list_of_the_module_is_called_what_it_is() -> None:
    (finding,) = found(find_changed_state, "ITEMS = []\ndef work(item): ITEMS.append(item)")
    assert finding.message == "ITEMS, a list of the module, is changed in place (.append())"


def test_a_class_attribute_is_state_of_the_module() -> None:
    text = "class Counter:\n    total = 0\n    def add(self, item): Counter.total += item"
    assert subjects(find_changed_state, text, "Counter.add") == ["Counter.total"]


def test_a_list_in_the_class_body_is_shared_by_its_instances() -> None:
    text = "class Bag:\n    items = []\n    def add(self, item): self.items.append(item)"
    assert subjects(find_changed_state, text, "Bag.add") == ["Bag.items"]


def test_an_attribute_of_the_instance_that_travels_as_an_argument_is_let_be() -> None:
    text = "class Bag:\n    def __init__(self): self.items = []\n    def add(self, item): self.items.append(item)"
    assert subjects(find_changed_state, text, "Bag.add") == []


def test_a_check_before_a_writing_is_told_as_one() -> None:
    (finding,) = found(find_races, "CACHE = {}\ndef work(item):\n    if item not in CACHE:\n        CACHE[item] = 1")
    assert finding.message == "CACHE is checked first and written afterwards without a lock"


def test_memory_that_processes_share_is_no_copy_but_races_in_all_pools() -> None:
    assert found(find_changed_state, SHARED) == []
    assert pools(find_races, SHARED) == set(PoolKind)


def test_a_loop_over_what_other_calls_change_is_found_for_threads() -> None:
    assert pools(find_iteration_while_changed, LOOPED) == set(THREADED)


def test_a_loop_over_what_nobody_changes_is_let_be() -> None:
    assert found(find_iteration_while_changed, LOOPED.replace("SEEN[item] = 1", "return SEEN[item]")) == []


def test_a_changed_default_has_a_rule_of_its_own() -> None:
    assert found(find_changed_state, "def work(item, seen=[]): seen.append(item)") == []


def test_a_descriptor_in_the_class_body_is_no_shared_container() -> None:
    text = "class Bag:\n    count = delegating()\n    def add(self, item): self.count += item"
    assert subjects(find_changed_state, text, "Bag.add") == []


@pytest.mark.parametrize("change", ["seen.append(item)", "seen[0] = item", "seen += [item]"])
def test_a_default_that_calls_change_is_found(change: str) -> None:
    text = f"def work(item, seen=[]):\n    {change}\n    return seen"
    assert subjects(find_mutable_defaults, text) == ["seen"]
    assert pools(find_mutable_defaults, text) == {*THREADED, *APART}


@pytest.mark.parametrize(
    "text",
    [
        "def work(item, seen=()):\n    return item in seen",
        "def work(item, names={'a': 1}):\n    return names[item]",
        "def work(item, seen=None):\n    seen = seen or []\n    seen.append(item)\n    return seen",
        "def work(item, seen=[]):\n    seen = list(seen)\n    seen.append(item)\n    return seen",
    ],
)
def test_a_default_that_is_only_read_is_no_hazard(text: str) -> None:
    assert subjects(find_mutable_defaults, text) == []


@pytest.mark.parametrize("use", ["TALLY[item]", "item in TALLY", "TALLY(item)", "list(x for x in TALLY)"])
def test_what_an_object_changes_where_syntax_runs_its_methods_is_found(use: str) -> None:
    text = f"""
        class Tally:
            def __init__(self):
                self.seen = {{}}
            def __getitem__(self, item):
                self.seen[item] = 1
            def __contains__(self, item):
                self.seen[item] = 1
            def __call__(self, item):
                self.seen[item] = 1
            def __iter__(self):
                self.seen[0] = 1
        TALLY = Tally()
        def work(item):
            return {use}
    """
    assert subjects(find_changed_state, text) == ["TALLY.seen"]


def test_what_a_with_block_changes_on_its_way_in_is_found() -> None:
    text = """
        class Tracked:
            entered = 0
            def __enter__(self):
                Tracked.entered += 1
            def __exit__(self, *_): pass
        def work(item):
            with Tracked():
                return item
    """
    assert subjects(find_changed_state, text) == ["Tracked.entered"]


def test_an_object_of_the_call_s_own_may_change_as_it_likes() -> None:
    text = """
        class Tally:
            def __init__(self):
                self.seen = {}
            def __getitem__(self, item):
                self.seen[item] = 1
        def work(item):
            return Tally()[item]
    """
    assert not subjects(find_changed_state, text)
