"""Threads that native libraries keep beside Python's own."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from whichpool.lab import native
from whichpool.lab.native import find_native_threads

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="this system does not list a process's threads"
)

MAPS = """
7f00-7f01 r-xp 00000000 08:01 1 /opt/site-packages/numpy.libs/libscipy_openblas64_-6bb31eeb.so
7f01-7f02 r-xp 00000000 08:01 1 /opt/site-packages/numpy.libs/libscipy_openblas64_-6bb31eeb.so
7f02-7f03 r-xp 00000000 08:01 2 /usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0
7f03-7f04 r-xp 00000000 08:01 3 /usr/lib/libcomplex.so
7f04-7f05 r-xp 00000000 08:01 4 /home/openblas/libm.so.6
7f05-7f06 rw-p 00000000 00:00 0 [heap]
"""


@contextmanager
def foreign_threads(count: int) -> Iterator[None]:
    """Keep threads that Python knows nothing of, as a native library would."""
    libc = ctypes.CDLL(None)
    gate = ctypes.create_string_buffer(64)  # as large as a sem_t anywhere
    assert libc.sem_init(gate, 0, 0) == 0
    threads = [ctypes.c_ulong() for _ in range(count)]
    for thread in threads:
        assert libc.pthread_create(ctypes.byref(thread), None, libc.sem_wait, gate) == 0
    try:
        yield
    finally:
        for _ in threads:
            libc.sem_post(gate)
        for thread in threads:
            libc.pthread_join(thread, None)


@pytest.fixture
def before() -> int:
    """How many threads other tests' libraries keep in this process."""
    return len(list(Path("/proc/self/task").iterdir())) - threading.active_count()


def test_native_threads_are_counted_with_the_one_that_calls(before: int) -> None:
    with foreign_threads(3):
        found = find_native_threads(native_cpu_s=1.0, wall_s=1.0)
    assert found is not None
    assert found.threads == before + 4


def test_threads_of_pythons_own_are_not_counted(before: int) -> None:
    done = threading.Event()
    own = [threading.Thread(target=done.wait) for _ in range(3)]
    for thread in own:
        thread.start()
    try:
        with foreign_threads(1):
            found = find_native_threads(native_cpu_s=1.0, wall_s=1.0)
    finally:
        done.set()
        for thread in own:
            thread.join()
    assert found is not None
    assert found.threads == before + 2


@pytest.mark.parametrize(("native_cpu_s", "told"), [(0.0, False), (0.04, False), (0.06, True), (3.0, True)])
def test_native_threads_are_told_only_where_something_computed_beside(native_cpu_s: float, *, told: bool) -> None:
    with foreign_threads(1):
        assert (find_native_threads(native_cpu_s, wall_s=1.0) is not None) is told


def test_where_there_is_no_thread_but_pythons_own_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in range(threading.active_count()):
        (tmp_path / str(number)).mkdir()
    monkeypatch.setattr(native, "_TASKS", tmp_path)
    assert find_native_threads(native_cpu_s=1.0, wall_s=1.0) is None


def test_the_libraries_that_may_have_started_them_are_named_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "maps").write_text(MAPS, encoding="utf-8")
    monkeypatch.setattr(native, "_MAPS", tmp_path / "maps")
    with foreign_threads(1):
        found = find_native_threads(native_cpu_s=1.0, wall_s=1.0)
    assert found is not None
    assert found.libraries == ("gomp", "openblas")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("libopenblas.so.0", "openblas"),
        ("libopenblasp-r0-0cf96a72.3.23.dev.so", "openblas"),
        ("libmkl_rt.so.2", "mkl"),
        ("libiomp5.so", "iomp5"),
        ("libomp.so.5", "omp"),
        ("libblis.so.4", "blis"),
        ("libtbb.so.12", "tbb"),
        ("libarrow.so.1400", "arrow"),
        ("libtorch_cpu.so", "torch_cpu"),
    ],
)
def test_a_library_is_known_by_its_files_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, name: str
) -> None:
    (tmp_path / "maps").write_text(f"7f00-7f01 r-xp 00000000 08:01 1 /opt/lib/{file}\n", encoding="utf-8")
    monkeypatch.setattr(native, "_MAPS", tmp_path / "maps")
    with foreign_threads(1):
        found = find_native_threads(native_cpu_s=1.0, wall_s=1.0)
    assert found is not None
    assert found.libraries == (name,)


def test_where_the_system_tells_nothing_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "_TASKS", tmp_path / "nowhere")
    assert find_native_threads(native_cpu_s=1.0, wall_s=1.0) is None
