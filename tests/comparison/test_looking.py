"""The first look under several Pythons: what one of them cannot do costs itself and no other."""

from dataclasses import dataclass, field

import pytest

from tests.decide.drawing import dissected
from tests.decide.making import make_anatomy
from whichpool.comparison.looking import look
from whichpool.errors import ChildFailed, Trouble, WhichpoolError, WorkloadFailed, WrongCall
from whichpool.values import Costs, Dissection, Draw, Failure, Options, PoolCosts, Python, Sample, Strategy, Trial

OLD, NEW, NEWEST = (
    Python("/opt/python3.11", "3.11"),
    Python("/opt/python3.13", "3.13"),
    Python("/opt/python3.15", "3.15"),
)
NO_FOLDER = Python("/opt", "/opt", problem="/opt is a folder; its Python is /opt/bin/python")
SEEN = dissected(make_anatomy())
RAISES = Failure(Trouble.RAISED, "item 3 raised ValueError: three")


@dataclass
class ScriptedLab:
    """Tells of each Python what the script has."""

    script: dict[Python, Dissection | Failure | WhichpoolError]
    looked: list[tuple[Python, float]] = field(default_factory=list)

    def dissect(self, python: Python, _options: Options, box_s: float, limit_s: float) -> Dissection | Failure:
        assert box_s <= limit_s
        self.looked.append((python, box_s))
        told = self.script[python]
        if isinstance(told, WhichpoolError):
            raise told
        return told

    def measure(
        self, strategy: Strategy, draw: Draw, round_number: int, limit_s: float, *, explained: bool = False
    ) -> Sample | Failure:
        raise NotImplementedError


def options_of(*pythons: Python) -> Options:
    return Options(budget_s=20.0, pythons=pythons)


def test_every_python_gets_a_look_of_its_own_and_together_they_take_a_quarter_of_the_budget_at_most() -> None:
    lab = ScriptedLab({OLD: SEEN, NEW: SEEN, NEWEST: SEEN})
    told: list[str] = []
    looks = look(lab, options_of(OLD, NEW, NEWEST), told.append)
    assert list(looks.taken) == [python for python, _ in lab.looked] == [OLD, NEW, NEWEST]
    assert sum(box_s for _, box_s in lab.looked) <= 0.25 * 20.0
    assert told == [f"looking at the workload under {name}" for name in ("3.11", "3.13", "3.15")]
    assert looks.absent == {}


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (WrongCall("importing app.py failed: ModuleNotFoundError: No module named 'numpy'"), "No module named 'numpy'"),
        (ChildFailed("/opt/python3.13 does not work as a Python"), "does not work as a Python"),
        (Failure(Trouble.DIED, "the process was killed by SIGSEGV"), "killed by SIGSEGV"),
        (dissected(None, failure=RAISES), "item 3 raised ValueError"),
        (dissected(make_anatomy(), items=7), "here there are 7 items, and 100 under 3.11"),
    ],
)
def test_a_python_that_cannot_run_the_workload_takes_no_part_and_the_others_go_on(
    trouble: Dissection | Failure | WhichpoolError, words: str
) -> None:
    looks = look(ScriptedLab({OLD: SEEN, NEW: trouble, NEWEST: SEEN}), options_of(OLD, NEW, NEWEST), repr)
    assert list(looks.taken) == [OLD, NEWEST]
    assert list(looks.absent) == [NEW]
    assert words in looks.absent[NEW]


def test_a_python_with_a_problem_is_not_even_started() -> None:
    lab = ScriptedLab({OLD: SEEN})
    looks = look(lab, options_of(NO_FOLDER, OLD), repr)
    assert [python for python, _ in lab.looked] == [OLD]
    assert looks.absent == {NO_FOLDER: NO_FOLDER.problem}


def test_what_is_known_from_before_fills_what_a_look_left_open() -> None:
    loky = PoolCosts("loky", None, ready_s=(0.3,), close_s=(0.1,), task_s=(3e-4,), chunked_task_s=(3e-6,))
    threads = PoolCosts("threads", None, ready_s=(9.0,), close_s=(9.0,), task_s=(9.0,), chunked_task_s=(9.0,))
    known = Costs("3.13.0", 0.0, 5.0, (threads, loky), ())
    looks = look(ScriptedLab({OLD: SEEN, NEW: SEEN}), options_of(OLD, NEW), repr, {NEW: known}.get)
    assert looks.taken[OLD] == SEEN
    anatomy = looks.taken[NEW].anatomy
    assert anatomy is not None
    assert anatomy.trial("loky", None) == Trial("loky", None, 0.3, 3e-4, 0.1, beforehand=True)
    assert SEEN.anatomy is not None
    assert anatomy.trial("threads", None) == SEEN.anatomy.trial("threads", None)


def test_where_no_python_can_run_the_workload_each_is_told_of() -> None:
    lab = ScriptedLab({OLD: WrongCall("no numpy"), NEW: WrongCall("no scipy")})
    with pytest.raises(WrongCall, match=r"3\.11: no numpy\n3\.13: no scipy"):
        look(lab, options_of(OLD, NEW), repr)


def test_where_the_only_python_cannot_run_it_its_own_words_are_told() -> None:
    with pytest.raises(WorkloadFailed, match=r"^item 3 raised ValueError: three$"):
        look(ScriptedLab({OLD: RAISES}), options_of(OLD), repr)
    with pytest.raises(WrongCall, match=r"^/opt is a folder"):
        look(ScriptedLab({}), options_of(NO_FOLDER), repr)
