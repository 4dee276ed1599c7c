"""What a function calls in other modules of the user's is read there."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from whichpool.hazards.look import look_at_function, look_at_target
from whichpool.values.hazards import Examination, Hazard

UTIL = """
    import functools

    SEEN, COUNT, KINDS = [], 0, {}

    def remember(item):
        SEEN.append(item)

    def collect(into, item):
        into.append(item)

    def counted(function):
        @functools.wraps(function)
        def wrapper(*args):
            global COUNT
            COUNT += 1
            return function(*args)
        return wrapper

    def registered(function):
        KINDS[function.__name__] = function
        return function

    class Order:
        made = []

        def __init__(self, item):
            self.item, self.lines = item, []

        def add(self):
            self.lines.append(self.item)

        def send(self):
            Order.made.append(self.item)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            Order.made.append(self.item)

    class Memo:
        def __init__(self):
            self.known = {}

        def note(self, item):
            self.known[item] = 1

        def __getitem__(self, item):
            self.known[item] = 1

        def __call__(self, item):
            self.known[item] = 1

    MEMO = Memo()

    def gather(item, kept=[]):
        kept.append(item)
        return kept

    exec("def hidden(item): pass")
"""
Looking = Callable[..., Examination]


@pytest.fixture
def look(tmp_path: Path) -> Looking:
    """Look at a function ``work`` whose module stands beside ``util``."""
    (tmp_path / "util.py").write_text(dedent(UTIL), encoding="utf-8")

    def look(text: str, place: str = "app.py") -> Examination:
        (tmp_path / place).write_text(dedent(text), encoding="utf-8")
        return look_at_target(place, "work", "", str(tmp_path))

    return look


def subjects(examination: Examination) -> set[str]:
    return {finding.subject for finding in examination.findings if finding.effects}


def left_unread(examination: Examination) -> list[str]:
    return [unseen.message for unseen in examination.unseen if not unseen.kinds]


@pytest.mark.parametrize(
    "text",
    [
        "import util\ndef work(item):\n    util.remember(item)",
        "from util import remember\ndef work(item):\n    remember(item)",
        "from util import remember\ndef work(item):\n    return list(map(remember, item))",
        "def work(item):\n    from util import remember\n    remember(item)",
        "import util\ndef work(item):\n    helper(item)\ndef helper(item):\n    util.remember(item)",
    ],
)
def test_what_a_function_of_another_module_changes_is_found(look: Looking, text: str) -> None:
    (finding,) = (each for each in look(text).findings if each.effects)
    assert (finding.hazard, finding.subject) == (Hazard.STATE_CHANGED, "SEEN")
    assert Path(finding.spots[0].file).name == "util.py"


def test_it_is_followed_from_module_to_module(look: Looking) -> None:
    look("from util import remember\ndef work(item):\n    remember(item)", place="between.py")
    assert subjects(look("import between\ndef work(item):\n    between.work(item)")) == {"SEEN"}


def test_a_relative_import_leads_to_a_module_of_the_users(look: Looking, tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    assert subjects(look("from .util import remember\ndef work(item):\n    remember(item)")) == {"SEEN"}


def test_a_package_s_import_by_its_own_name_leads_to_a_module_of_the_users(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "util.py").write_text(dedent(UTIL), encoding="utf-8")
    text = "from shop.util import remember\ndef work(item):\n    remember(item)"
    (package / "app.py").write_text(text, encoding="utf-8")
    assert subjects(look_at_target("app.py", "work", "", str(package))) == {"SEEN"}


def test_a_name_that_a_module_hands_on_is_followed_home(look: Looking) -> None:
    look("from util import remember\ndef work(item): pass", place="between.py")
    assert subjects(look("import between\ndef work(item):\n    between.remember(item)")) == {"SEEN"}


def test_a_container_that_is_passed_to_another_module_is_followed_there(look: Looking) -> None:
    assert subjects(look("import util\nMINE = []\ndef work(item):\n    util.collect(MINE, item)")) == {"MINE"}


def test_a_container_of_the_call_s_own_may_be_passed(look: Looking) -> None:
    assert not subjects(look("import util\ndef work(item):\n    mine = []\n    util.collect(mine, item)"))


@pytest.mark.parametrize(
    "text",
    [
        "from util import Order\ndef work(item):\n    Order(item).send()",
        "import util\ndef work(item):\n    order = util.Order(item)\n    order.send()",
        "import util\ndef work(item):\n    with util.Order(item): pass",
        "import util\nclass Mine(util.Order): pass\ndef work(item):\n    Mine(item).send()",
    ],
)
def test_methods_of_a_class_that_are_called_are_read(look: Looking, text: str) -> None:
    assert subjects(look(text)) == {"Order.made"}


def test_methods_that_nobody_calls_are_no_concern(look: Looking) -> None:
    text = """
        from util import Memo
        def work(item):
            memo = Memo()
            memo.note(item)
            return isinstance(item, Memo)
    """
    examination = look(text)
    assert not subjects(examination)
    assert not left_unread(examination)


@pytest.mark.parametrize("use", ["MEMO.note(item)", "MEMO[item]", "MEMO(item)"])
def test_an_object_of_a_class_of_another_module_is_followed_there(look: Looking, use: str) -> None:
    assert subjects(look(f"import util\nMEMO = util.Memo()\ndef work(item):\n    return {use}")) == {"MEMO.known"}


def test_what_a_decorator_of_another_module_puts_around_a_function_is_read(look: Looking) -> None:
    assert subjects(look("from util import counted\n@counted\ndef work(item): pass")) == {"COUNT"}


def test_what_a_decorator_does_itself_happens_before_any_call(look: Looking) -> None:
    assert not subjects(look("import util\n@util.registered\ndef work(item): pass"))


def test_what_cannot_be_read_there_is_named(look: Looking) -> None:
    (message,) = left_unread(look("import util\ndef work(item):\n    util.hidden(item)"))
    assert message.startswith("util.hidden: in other modules of yours")


@pytest.mark.parametrize(
    "text",
    [
        "import json\ndef work(item):\n    return json.dumps(item)",
        "import rich.text\ndef work(item):\n    return rich.text.Text(item)",
        "import not_installed\ndef work(item):\n    return not_installed.do(item)",
        "def work(item):\n    return len(item)",
        "def work(item):\n    return helper(item)\ndef helper(item):\n    return item",
    ],
)
def test_what_comes_with_python_or_was_installed_is_not_read(look: Looking, text: str) -> None:
    examination = look(text)
    assert examination.functions in {("work",), ("work", "helper")}
    assert not left_unread(examination)


def test_modules_that_call_each_other_come_to_an_end(look: Looking) -> None:
    look("import app\ndef work(item):\n    app.work(item)", place="between.py")
    assert not subjects(look("import between\ndef work(item):\n    between.work(item)"))


@pytest.mark.parametrize("text", [b"def work(:", b"# \xe4\xf6\xfc"])
def test_a_module_that_is_no_python_is_named(look: Looking, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "broken.py").write_bytes(text)
    (message,) = left_unread(look("import broken\ndef work(item):\n    broken.work(item)"))
    assert message.startswith("broken.work: ")


@pytest.mark.parametrize(
    "text",
    [
        "import util\nITEMS = [1]\ndef work(item):\n    util.Order(ITEMS)",
        "import util\ndef work(item):\n    return util.gather(item, [])",
        "import util\ndef work(item):\n    return util.MEMO.known",
        "import util\nclass Local: pass\ndef work(item):\n    util = Local()\n    util.remember(item)",
    ],
)
def test_clean_code_is_not_accused(look: Looking, text: str) -> None:
    assert not subjects(look(text))


def test_two_modules_may_each_have_something_by_the_same_name(look: Looking) -> None:
    text = """
        import util, threading
        LOCK, SEEN = threading.Lock(), []
        def work(item):
            util.remember(item)
            with LOCK:
                SEEN.append(item)
    """
    files = {Path(spot.file).name for each in look(text).findings if each.subject == "SEEN" for spot in each.spots[:1]}
    assert files == {"app.py", "util.py"}


def test_a_name_that_is_bound_again_and_again_is_followed_once(look: Looking) -> None:
    steps = "".join("    frame = step(frame)\n" for _ in range(60))
    text = f"def step(frame):\n    return frame\ndef work(frame):\n{steps}    return frame"
    assert look(text).functions == ("work", "step")


def test_a_cell_of_a_notebook_has_no_package_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "util.py").write_text(dedent(UTIL), encoding="utf-8")
    names: dict[str, Any] = {}
    text = "import util\ndef work(item):\n    util.remember(item)"
    monkeypatch.syspath_prepend(tmp_path)
    exec(compile(text, "<cell>", "exec"), names)  # noqa: S102 - as a notebook does
    assert subjects(look_at_function(names["work"], text)) == {"SEEN"}
