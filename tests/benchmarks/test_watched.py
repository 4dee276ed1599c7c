import subprocess
from pathlib import Path

import pytest
from watched import Watched, watch

MB = 1_000_000
BEGIN = """
import os, sys, time
print("prepared", flush=True)
sys.stdin.readline()
"""


def program(folder: Path, body: str) -> Path:
    path = folder / "program.py"
    path.write_text(BEGIN + body, encoding="utf-8")
    return path


def test_what_a_program_comes_to_use_is_seen(tmp_path: Path) -> None:
    seen = watch(program(tmp_path, f"block = b'x' * {60 * MB}\ntime.sleep(0.2)\nprint('done', 7)\n"), ())
    assert 55 * MB <= seen.added_bytes <= 80 * MB
    assert seen.output == "done 7\n"


def test_what_its_children_use_is_seen_and_what_they_share_counts_once(tmp_path: Path) -> None:
    body = f"""
block = b'x' * {60 * MB}
child = os.fork()
if not child:
    own = b'y' * {40 * MB}
time.sleep(0.3)
if child:
    os.waitpid(child, 0)
"""
    assert 90 * MB <= watch(program(tmp_path, body), ()).added_bytes <= 130 * MB


def test_what_is_freed_and_made_again_counts_each_time(tmp_path: Path) -> None:
    body = f"""
for _ in range(3):
    block = b'x' * {60 * MB}
    time.sleep(0.2)
    del block
    time.sleep(0.2)
"""
    seen = watch(program(tmp_path, body), ())
    assert seen.added_bytes <= 80 * MB
    assert 165 * MB <= seen.grown_bytes <= 240 * MB


def test_a_size_that_is_seen_once_is_no_peak() -> None:
    seen = Watched(100, (100, 100, 200, 100, 100), "")
    assert seen.peak_bytes == 100
    assert seen.grown_bytes == 0


def test_a_program_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        watch(program(tmp_path, "sys.exit(3)"), ())


def test_a_program_that_ends_before_it_is_prepared_says_so(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        watch(path, ())
