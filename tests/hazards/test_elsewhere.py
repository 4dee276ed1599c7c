"""What stands in other modules of the user's is named, for it was not read."""

from pathlib import Path

import pytest

from whichpool.hazards.look import look_at_target

UTIL = "seen = []\ndef remember(item):\n    seen.append(item)\n"


def left_unread(folder: Path, text: str, place: str = "app.py") -> list[str]:
    (folder / "util.py").write_text(UTIL, encoding="utf-8")
    (folder / place).write_text(text, encoding="utf-8")
    return [unseen.message for unseen in look_at_target(place, "work", "", str(folder)).unseen if not unseen.kinds]


@pytest.mark.parametrize(
    "text",
    [
        "import util\ndef work(item):\n    util.remember(item)",
        "from util import remember\ndef work(item):\n    remember(item)",
        "def work(item):\n    from util import remember\n    remember(item)",
    ],
)
def test_a_function_of_another_module_is_named(tmp_path: Path, text: str) -> None:
    (message,) = left_unread(tmp_path, text)
    assert message.startswith("util.remember: in other modules of yours")


def test_a_relative_import_leads_to_a_module_of_the_users(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    (message,) = left_unread(tmp_path, "from .util import remember\ndef work(item):\n    remember(item)")
    assert message.startswith("util.remember: ")


def test_a_package_s_import_by_its_own_name_leads_to_a_module_of_the_users(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (message,) = left_unread(package, "from shop.util import remember\ndef work(item):\n    remember(item)")
    assert message.startswith("shop.util.remember: ")


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
def test_what_comes_with_python_or_was_installed_is_not(tmp_path: Path, text: str) -> None:
    assert left_unread(tmp_path, text) == []
