"""The article's ``result``: an assignment that looks meant for the module and makes a local."""

import pytest

from tests.hazards.seeing import found, subjects
from whichpool.hazards.stays_local import find_assignments_that_stay_local
from whichpool.values.hazards import PoolKind

ARTICLE = """
    from threading import Thread
    result = None
    def work(number):
        result = number * number
    if __name__ == "__main__":
        thread = Thread(target=work, args=(7,))
        thread.start()
        thread.join()
        print(result)
"""


def test_the_articles_result_stays_none_in_every_pool() -> None:
    (finding,) = found(find_assignments_that_stay_local, ARTICLE)
    assert finding.subject == "result"
    assert set(finding.effects) == set(PoolKind)
    assert "stays None, under threads and serially as well" in finding.effects[PoolKind.THREADS]
    assert "return result" in finding.mend
    assert [spot.line for spot in finding.spots] == [5, 3]


def test_a_global_that_another_function_waits_for_is_found() -> None:
    text = "found = []\ndef work(item):\n    found = [item]\ndef main():\n    work(1)\n    print(found)"
    assert subjects(find_assignments_that_stay_local, text) == ["found"]


@pytest.mark.parametrize("statement", ["count += 1", "count = count + 1", "count = max(count, item)"])
def test_reading_a_local_before_it_has_a_value_fails_at_once(statement: str) -> None:
    (finding,) = found(find_assignments_that_stay_local, f"count = 5\ndef work(item):\n    {statement}")
    assert "UnboundLocalError" in finding.effects[PoolKind.THREADS]


@pytest.mark.parametrize(
    "text",
    [
        "def work(item):\n    result = item\n    return result\nresult = work(3)\nprint(result)",
        "result = None\ndef work(item):\n    result = item\n    return result\nresult = work(3)\nprint(result)",
        "results = []\ndef work(item):\n    results = [item]\n    return sorted(results)\nprint(results)",
        "result = None\ndef work(item):\n    global result\n    result = item\nprint(result)",
        "result = None\ndef work(item):\n    result = item",
        "i = 0\ndef work(items):\n    for i in items: print(i)\nprint(i)",
        "count = 0\ndef work(items):\n    count = 0\n    for item in items: count += 1\nprint(count)",
        "count = 1\ndef work(count):\n    count += 1\nprint(count)",
        "size = 3\ndef work(item):\n    size = len(item)\n    print(size)\nprint(size)",
        "table = {}\ntable[1] = 2\ndef work(item):\n    table = [item]\n    print(table)\nprint(table)",
        "x = 1\ndef work(items):\n    x = [x for x in items]\n    print(x)",
    ],
)
def test_names_that_are_meant_to_be_local_are_let_be(text: str) -> None:
    assert subjects(find_assignments_that_stay_local, text) == []


def test_a_result_that_is_returned_while_the_program_shows_its_own_is_told_as_well() -> None:
    text = """
        result = None
        def work(number):
            result = number * number
            return result
        if __name__ == "__main__":
            work(7)
            print(result)
    """
    assert subjects(find_assignments_that_stay_local, text) == ["result"]


def test_a_name_that_another_function_sets_is_not_waited_for() -> None:
    text = """
        current = None
        def work(number):
            current = number * number
            return current
        def keep(number):
            global current
            current = number
        print(current)
    """
    assert subjects(find_assignments_that_stay_local, text) == []
