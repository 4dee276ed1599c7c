"""Source: the text of a module is found by name and by file, and nothing is imported on the way."""

import sys
from pathlib import Path

import pytest

from whichpool.hazards.source import find_source


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_a_module_is_found_by_its_name_in_the_folder(tmp_path: Path) -> None:
    file = write(tmp_path, "app.py", "x = 1\n")
    source = find_source("app", str(tmp_path))
    assert source is not None
    assert (source.file, source.text, source.first_line) == (file, "x = 1\n", 1)


def test_a_file_is_found_by_its_path_from_the_folder(tmp_path: Path) -> None:
    file = write(tmp_path, "deep/my-app.py", "x = 1\n")
    source = find_source("deep/my-app.py", str(tmp_path))
    assert source is not None
    assert source.file == file


def test_the_packages_around_a_module_are_not_executed(tmp_path: Path) -> None:
    write(tmp_path, "package/__init__.py", "raise RuntimeError")
    write(tmp_path, "package/inner/__init__.py", "raise RuntimeError")
    file = write(tmp_path, "package/inner/module.py", "y = 2\n")
    before = set(sys.modules)
    source = find_source("package.inner.module", str(tmp_path))
    assert source is not None
    assert source.file == file
    assert not {name for name in set(sys.modules) - before if name.startswith(("package", "inner", "module"))}


def test_a_module_in_folders_without_init_files_is_found(tmp_path: Path) -> None:
    file = write(tmp_path, "outer/inner/module.py", "")
    source = find_source("outer.inner.module", str(tmp_path))
    assert source is not None
    assert source.file == file


def test_a_package_is_its_init_file(tmp_path: Path) -> None:
    file = write(tmp_path, "package/__init__.py", "")
    source = find_source("package", str(tmp_path))
    assert source is not None
    assert source.file == file


@pytest.mark.parametrize("place", ["os", "json.decoder", "concurrent.futures.thread"])
def test_the_standard_library_is_found(place: str, tmp_path: Path) -> None:
    source = find_source(place, str(tmp_path))
    assert source is not None
    assert source.file.endswith(".py")


@pytest.mark.parametrize("place", ["sys", "_json", "no_such_module", "json.nothing", "os.path.deep", "no/such.py", "."])
def test_where_there_is_no_python_text_there_is_no_source(place: str, tmp_path: Path) -> None:
    assert find_source(place, str(tmp_path)) is None


def test_a_bare_folder_has_no_text(tmp_path: Path) -> None:
    write(tmp_path, "bare/module.py", "")
    assert find_source("bare", str(tmp_path)) is None


def test_the_declared_encoding_is_used(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_bytes(b"# coding: latin-1\nx = '\xe9'\n")
    source = find_source("app.py", str(tmp_path))
    assert source is not None
    assert "é" in source.text


@pytest.mark.parametrize("text", [b"x = '\xe9'\n", b"# coding: nonsense\n"])
def test_a_file_in_another_encoding_is_a_syntax_error(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_bytes(text)
    with pytest.raises(SyntaxError, match=r"app\.py|encoding"):
        find_source("app.py", str(tmp_path))
