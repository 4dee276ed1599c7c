"""Process state: what belongs to the process or to the thread, and not to the call."""

from textwrap import dedent

import pytest

from tests.hazards.seeing import found, pools, subjects
from whichpool.hazards.process_state import find_process_state, find_thread_locals
from whichpool.hazards.shared_settings import ASSIGNED, CALLS
from whichpool.values.hazards import APART, THREADED, PoolKind

ALL = {*THREADED, *APART}
ONE_PROCESS = {*THREADED, PoolKind.INTERPRETERS}


@pytest.mark.parametrize(
    ("body", "subject", "kinds"),
    [
        ("os.chdir(item)", "os.chdir", ALL),
        ("with contextlib.chdir(item): pass", "contextlib.chdir", ONE_PROCESS),
        ("os.environ['X'] = item", "os.environ", ALL),
        ("del os.environ['X']", "os.environ", ALL),
        ("os.environ.update(X=item)", "os.environ", ALL),
        ("os.umask(0)", "os.umask", ALL),
        ("signal.signal(signal.SIGALRM, print)", "signal.signal", ONE_PROCESS),
        ("signal.alarm(3)", "signal.alarm", ONE_PROCESS),
        ("locale.setlocale(locale.LC_ALL, item)", "locale.setlocale", ALL),
        ("sys.stdout = item", "sys.stdout", ALL),
        ("sys.stdout, old = item, sys.stdout", "sys.stdout", ALL),
        ("[old, (*some, sys.stdout)] = item", "sys.stdout", ALL),
        ("with contextlib.redirect_stdout(item): pass", "sys.stdout", {*THREADED}),
        ("sys.path.insert(0, item)", "sys.path", ALL),
        ("sys.path += [item]", "sys.path", ALL),
        ("sys.argv = [item]", "sys.argv", ALL),
        ("with warnings.catch_warnings(): warnings.simplefilter('ignore')", "warnings", {*THREADED}),
        ("decimal.getcontext().prec = 50", "decimal context", ALL),
        ("tempfile.tempdir = item", "tempfile.tempdir", ALL),
        ("socket.setdefaulttimeout(item)", "socket.setdefaulttimeout", {*THREADED}),
        ("sys.setrecursionlimit(item)", "sys.setrecursionlimit", {*THREADED}),
        ("gc.disable()", "gc", {*THREADED}),
        ("plt.plot(item)", "matplotlib.pyplot", {*THREADED}),
        ("asyncio.get_event_loop()", "asyncio.get_event_loop", {*THREADED}),
        ("os.fork()", "os.fork", {*THREADED}),
        ("os._exit(1)", "os._exit", ALL),
        ("return input()", "input()", {*THREADED, PoolKind.FORK, PoolKind.SPAWN}),
    ],
)
def test_a_change_of_what_others_share_is_found(body: str, subject: str, kinds: set[PoolKind]) -> None:
    imports = "import asyncio, contextlib, decimal, gc, locale, os, signal, socket, sys, tempfile, warnings\n"
    text = f"{imports}import matplotlib.pyplot as plt\ndef work(item):\n    {body}\n"
    (finding,) = found(find_process_state, text)
    assert finding.subject == subject
    assert set(finding.effects) == kinds
    assert finding.spots[0].line == 4


@pytest.mark.parametrize("imported", ["from os import environ", "from os import environ as e; environ = e"])
def test_a_setting_is_known_by_its_imported_name(imported: str) -> None:
    name = "e" if " as " in imported else "environ"
    assert subjects(find_process_state, f"{imported}\ndef work(item):\n    {name}['X'] = item") == ["os.environ"]


def test_an_import_inside_the_function_counts() -> None:
    assert subjects(find_process_state, "def work(item):\n    import os\n    os.chdir(item)") == ["os.chdir"]


def test_a_function_that_the_target_calls_counts() -> None:
    text = "import os\ndef go(folder):\n    os.chdir(folder)\ndef work(item):\n    go(item)"
    assert subjects(find_process_state, text) == ["os.chdir"]


@pytest.mark.parametrize(
    "body",
    [
        "return os.environ['X'], os.environ.get('Y'), os.getenv('Z')",
        "return os.getcwd(), os.listdir(item)",
        "print(item, file=sys.stderr)",
        "sys.stdout.write(item)",
        "return locale.setlocale(locale.LC_ALL)",
        "with decimal.localcontext() as context:\n        context.prec = 50\n        return decimal.Decimal(item)",
        "return subprocess.run(item, env={**os.environ, 'X': '1'}, cwd='/')",
        "environ = {}\n    environ['X'] = item",
        "return asyncio.run(item)",
        "warnings.warn('careful')",
        "gc.collect()",
    ],
)
def test_reading_a_setting_and_changing_one_s_own_are_no_hazards(body: str) -> None:
    imports = "import asyncio, decimal, gc, locale, os, subprocess, sys, warnings\n"
    assert subjects(find_process_state, f"{imports}def work(item):\n    {body}\n") == []


def test_a_decimal_context_that_the_module_sets_is_missing_in_threads() -> None:
    text = "from decimal import Decimal, getcontext\ngetcontext().prec = 50\ndef work(item):\n    return Decimal(item)"
    assert pools(find_process_state, text) == set(THREADED)


@pytest.mark.parametrize("setting", [*CALLS.values(), *ASSIGNED.values()])
def test_the_words_of_every_setting_are_short(setting: object) -> None:
    words = [*getattr(setting, "effects").values(), getattr(setting, "mend"), getattr(setting, "deed")]  # noqa: B009 - any
    assert all(0 < len(text) <= 120 and not text.endswith(".") for text in words)


@pytest.mark.parametrize(
    ("setup", "kinds"),
    [("local.db = 1", {*THREADED}), ("if __name__ == '__main__':\n    local.db = 1", ALL - {PoolKind.FORK})],
)
def test_what_only_the_main_thread_sets_in_a_local_is_missing_elsewhere(setup: str, kinds: set[PoolKind]) -> None:
    text = f"import threading\nlocal = threading.local()\n{setup}\ndef work(item):\n    return local.db + item"
    assert pools(find_thread_locals, text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        """
        def get():
            if not hasattr(local, "db"):
                local.db = 1
            return local.db
        def work(item):
            return get() + item
        """,
        "def work(item):\n    local.db = item\n    return local.db",
        "def work(item):\n    return getattr(local, 'db', item)",
        "def work(item):\n    try:\n        return local.db\n    except AttributeError:\n        return item",
        """
        def prepare():
            local.db = 1
        def work(item):
            return local.db + item
        def main():
            ThreadPoolExecutor(initializer=prepare)
        """,
    ],
)
def test_a_local_that_is_set_in_its_thread_is_no_hazard(text: str) -> None:
    assert subjects(find_thread_locals, f"import threading\nlocal = threading.local()\n{dedent(text)}") == []
