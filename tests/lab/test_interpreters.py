"""Modules that an interpreter with a GIL of its own refuses."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.interpreters import each_python
from whichpool.lab.interpreters import find_refused_in_interpreters
from whichpool.values import PoolKind, Python, Unseen

COMPILED = import_module("pydantic_core._pydantic_core").__name__  # compiled, and not Python's own

SOURCES = Path(__file__).parents[2] / "src"

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[3:]:
    try:
        __import__(name)
    except Exception:
        pass
from dataclasses import asdict
from whichpool.lab.interpreters import find_refused_in_interpreters
print(json.dumps([asdict(each) for each in find_refused_in_interpreters(sys.argv[3:], float(sys.argv[2]))]))
"""

PYTHONS = each_python("3.14", "3.15")


def told(python: Python, folder: Path, *modules: str, limit_s: float = 20) -> list[dict[str, object]]:
    """Let another Python try modules, and read what it tells."""
    done = subprocess.run(
        [python.path, "-c", PROGRAM, folder, str(limit_s), *modules],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        check=True,
    )
    answer: list[dict[str, object]] = json.loads(done.stdout)
    return answer


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has a pool of interpreters")
def test_a_python_without_such_a_pool_leaves_it_open_for_compiled_packages_only() -> None:
    assert list(find_refused_in_interpreters(["json", "_json"])) == []
    (open_question,) = find_refused_in_interpreters([COMPILED])
    assert isinstance(open_question, Unseen)
    assert open_question.kinds == (PoolKind.INTERPRETERS,)


@pytest.mark.parametrize("python", PYTHONS)
def test_modules_that_load_there_are_nothing_to_speak_of(python: Python, tmp_path: Path) -> None:
    (tmp_path / "plain_module.py").write_text("import json, decimal")
    assert told(python, tmp_path, "plain_module", "json", "sqlite3", "not-a-name") == []


@pytest.mark.parametrize("python", PYTHONS)
def test_a_module_that_refuses_is_named_once_with_what_it_says(python: Python, tmp_path: Path) -> None:
    (tmp_path / "refusing.py").write_text(
        "import threading\nif threading.current_thread() is threading.main_thread():\n"
        "    import _interpreters\n    if _interpreters.get_current() != _interpreters.get_main():\n"
        "        raise ImportError('not in here')\n"
    )
    package = tmp_path / "wrapping"
    package.mkdir()
    (package / "__init__.py").write_text("import refusing")
    found = told(python, tmp_path, "json", "refusing", "wrapping", "wrapping.inner")
    assert [each["subject"] for each in found] == ["refusing"]
    assert found[0]["message"] == ("refusing cannot be imported in an interpreter of its own: ImportError: not in here")


@pytest.mark.parametrize("python", PYTHONS)
def test_a_package_that_wraps_the_error_is_told_by_what_refused_in_a_line(python: Python, tmp_path: Path) -> None:
    (tmp_path / "wordy.py").write_text(
        "try:\n    import readline\nexcept ImportError as error:\n"
        "    raise ImportError('read this\\n\\nadvice') from error\n"
    )
    (found,) = told(python, tmp_path, "wordy")
    assert found["subject"] == "wordy"
    refusal = "module readline does not support loading in subinterpreters"
    assert found["message"] == f"wordy cannot be imported in an interpreter of its own: ImportError: {refusal}"


@pytest.mark.parametrize("python", PYTHONS)
def test_an_import_that_hangs_leaves_open_what_follows(python: Python, tmp_path: Path) -> None:
    (tmp_path / "hanging.py").write_text(
        "import _interpreters, time\nif _interpreters.get_current() != _interpreters.get_main():\n    time.sleep(60)\n"
    )
    (open_question,) = told(python, tmp_path, "json", "hanging", "decimal", limit_s=2)
    assert open_question["kinds"] == ["interpreters"]
    assert "hanging" in str(open_question["message"])


@pytest.mark.parametrize("python", PYTHONS)
def test_an_import_that_ends_the_process_leaves_open_what_follows(python: Python, tmp_path: Path) -> None:
    (tmp_path / "ending.py").write_text(
        "import _interpreters, os\nif _interpreters.get_current() != _interpreters.get_main():\n    os._exit(7)\n"
    )
    (open_question,) = told(python, tmp_path, "json", "ending", "decimal")
    assert "ended with exit code 7 while importing ending" in str(open_question["message"])
