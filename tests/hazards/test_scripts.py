"""Scripts: what a module does on import, every spawned worker does again; what its main block does, no worker does."""

import pytest

from tests.hazards.seeing import found, pools, subjects
from whichpool.hazards.scripts import find_module_work, find_names_of_the_program_only, find_no_main_guard
from whichpool.hazards.set_by_others import find_names_set_by_others
from whichpool.values.hazards import IMPORTED

WORK = "import multiprocessing as mp\nfrom concurrent.futures import *\nimport concurrent.futures as cf\n"
WORK += "def work(item):\n    return item\n"


@pytest.mark.parametrize(
    "script",
    [
        "with mp.Pool(2) as pool:\n    print(pool.map(work, [1]))",
        "process = mp.Process(target=work)\nprocess.start()",
        "for number in range(3):\n    mp.Process(target=work, args=(number,)).start()",
        "with cf.ProcessPoolExecutor() as pool:\n    pool.map(work, [1])",
        "with mp.get_context('spawn').Pool(2) as pool:\n    pool.map(work, [1])",
        "context = mp.get_context('spawn')\npool = context.Pool(2)",
        "def run():\n    return mp.Pool(2).map(work, [1])\nprint(run())",
        "def inner():\n    return mp.Pool(2)\ndef outer():\n    return inner()\nresults = outer()",
        "def main():\n    print(work(3))\nmain()",
        "if __name__ != '__main__':\n    mp.Pool(2)",
    ],
)
def test_processes_and_programs_started_on_import_are_a_hazard_for_workers_that_import(script: str) -> None:
    assert pools(find_no_main_guard, WORK + script) == set(IMPORTED)


@pytest.mark.parametrize(
    "script",
    [
        "if __name__ == '__main__':\n    with mp.Pool(2) as pool:\n        pool.map(work, [1])",
        "if '__main__' == __name__:\n    main()",
        "def main():\n    mp.Pool(2).map(work, [1])",
        "def main():\n    mp.Pool(2).map(work, [1])\nif __name__ == '__main__':\n    main()",
        "result = work(3)\nprint(result)",
        "with cf.ThreadPoolExecutor() as pool:\n    pool.map(work, [1])",
        "LIMITS = [1, 2, 3]",
    ],
)
def test_a_guarded_script_and_one_that_starts_no_processes_are_no_hazard(script: str) -> None:
    assert subjects(find_no_main_guard, WORK + script) == []


@pytest.mark.parametrize(
    "script",
    ["TABLE = work(3)", "for number in range(9):\n    work(number)", "import json\nD = json.load(open('x'))"],
)
def test_work_on_import_is_a_note_until_a_trial_tells_its_cost(script: str) -> None:
    (finding,) = found(find_module_work, WORK + script)
    assert finding.effects == {}
    assert finding.spots[0].line >= 6


@pytest.mark.parametrize(
    "script", ["LIMITS = list(range(9))", "if __name__ == '__main__':\n    work(3)", "@work\ndef f(): 0"]
)
def test_constants_decorators_and_the_main_block_are_no_work_on_import(script: str) -> None:
    assert found(find_module_work, WORK + script) == []


@pytest.mark.parametrize(
    "main",
    [
        "OFFSET = 3",
        "with open('x') as OFFSET:\n        work(1)",
        "for OFFSET in range(3):\n        work(1)",
        "import OFFSET",
    ],
)
def test_a_name_that_only_the_program_binds_is_missing_in_workers_that_import(main: str) -> None:
    text = f"def work(item):\n    return item + OFFSET\nif __name__ == '__main__':\n    {main}"
    assert subjects(find_names_of_the_program_only, text) == ["OFFSET"]
    assert pools(find_names_of_the_program_only, text) == set(IMPORTED)


def test_a_function_that_only_the_program_defines_is_missing_in_workers_that_import() -> None:
    text = "if __name__ == '__main__':\n    def work(item):\n        return item"
    assert pools(find_names_of_the_program_only, text) == set(IMPORTED)


@pytest.mark.parametrize(
    "text",
    [
        "OFFSET = 1\ndef work(item):\n    return item + OFFSET\nif __name__ == '__main__':\n    OFFSET = 2",
        "def work(OFFSET):\n    return OFFSET\nif __name__ == '__main__':\n    OFFSET = 2",
        "def work(item):\n    OFFSET = item\n    return OFFSET\nif __name__ == '__main__':\n    OFFSET = 2",
        "import OFFSET\ndef work(item):\n    return OFFSET\nif __name__ == '__main__':\n    import OFFSET",
    ],
)
def test_a_name_that_is_bound_elsewhere_too_is_no_hazard(text: str) -> None:
    assert subjects(find_names_of_the_program_only, text) == []


SETTER = """
from concurrent.futures import ProcessPoolExecutor
{0}
def main():
    global TABLE
    TABLE = [1, 2]
    ProcessPoolExecutor({1}).map(work, [1])
def work(item):
    {2}
{3}
"""


@pytest.mark.parametrize("before", ["", "TABLE = None"])
def test_a_global_that_main_sets_is_missing_in_workers_that_import(before: str) -> None:
    text = SETTER.format(before, "", "return TABLE[item]", "")
    assert subjects(find_names_set_by_others, text) == ["TABLE"]
    assert pools(find_names_set_by_others, text) == set(IMPORTED)


@pytest.mark.parametrize(
    ("before", "options", "body", "after"),
    [
        ("TABLE = [0]", "", "return TABLE[item]", ""),
        ("TABLE = None", "", "return item if TABLE is None else TABLE[item]", ""),
        ("TABLE = None", "", "return item", ""),
        ("TABLE = None", "", "return TABLE[item]", "main()"),
        ("TABLE = None", "initializer=main", "return TABLE[item]", ""),
        ("TABLE = None", "", "main(); return TABLE[item]", ""),
        ("TABLE = None", "", "TABLE = [1]; return TABLE", ""),
    ],
)
def test_a_global_that_workers_set_or_do_without_is_no_hazard(before: str, options: str, body: str, after: str) -> None:
    assert subjects(find_names_set_by_others, SETTER.format(before, options, body, after)) == []
