"""What is special about interpreters: each has modules of its own, some of which it may refuse, and none is left."""

import site
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from whichpool.errors import Trouble
from whichpool.pools.catalogue import find
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Strategy

if missing := find("interpreters").why_missing():
    pytest.skip(missing, allow_module_level=True)

interpreters: Any = import_module("concurrent.interpreters")  # 3.14 and later have it

STRATEGY = Strategy("interpreters", 2)
REFUSING = """
import _interpreters

if _interpreters.get_current() != _interpreters.get_main():
    {refuse}
"""


def results_of(function: Callable[[Any], Any], prepare: Callable[[], object], items: int = 4) -> list[Any]:
    """Run a function on some numbers, each a chunk of its own."""
    chunks = (Chunk(number, Parcel([number])) for number in range(items))
    with find("interpreters").load()(STRATEGY, function, prepare) as pool:  # type: ignore[arg-type]
        return [value for end in pool.run(function, chunks) for value in end.results.values]


@pytest.fixture
def importing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[[], object]]:
    """Write a module that no interpreter can import, as the given statement refuses; and import it in a worker."""

    def write(refuse: str) -> Callable[[], object]:
        (tmp_path / "refusing.py").write_text(REFUSING.format(refuse=refuse), encoding="ascii")
        monkeypatch.syspath_prepend(tmp_path)
        return partial(import_module, "refusing")

    return write


def test_a_worker_is_an_interpreter_of_its_own_that_finds_what_lies_on_the_callers_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "where.py").write_text("import _interpreters\ndef here(_): return _interpreters.get_current()[0]\n")
    monkeypatch.syspath_prepend(tmp_path)
    here = import_module("where").here
    assert here(0) not in results_of(here, partial(import_module, "where"))


def held() -> tuple[int, int]:
    """Count the interpreters and the descriptors of this process."""
    return len(interpreters.list_all()), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("taken", [100, 1], ids="{} taken".format)
def test_no_interpreter_and_no_descriptor_outlives_its_pool(taken: int) -> None:
    before = held()
    with find("interpreters").load()(STRATEGY, abs, partial(site.addsitedir, ".")) as pool:
        ends = pool.run(abs, (Chunk(number, Parcel([-number])) for number in range(100)))
        for _ in range(taken):
            next(ends)
        assert len(interpreters.list_all()) > before[0]
    assert held() == before


def test_what_keeps_a_worker_from_its_imports_is_told_once(importing: Callable[[str], Callable[[], object]]) -> None:
    before = held()
    prepare = importing("raise ImportError('refusing is not for interpreters')")
    with pytest.raises(PoolFailed) as failed:
        results_of(abs, prepare)
    assert str(failed.value) == ("an interpreter could not be prepared: ImportError: refusing is not for interpreters")
    assert failed.value.trouble is Trouble.UNAVAILABLE
    assert held() == before


@pytest.mark.parametrize(
    ("refuse", "told"),
    [
        ("raise SystemExit('not in here')", "SystemExit: not in here"),
        ("raise ImportError('read this\\n\\nadvice') from ImportError('a.b refuses')", "ImportError: a.b refuses"),
        ("raise ValueError('two\\nlines') from ImportError('something else')", "ValueError: two lines"),
    ],
)
def test_an_error_is_told_in_a_line_and_by_the_module_that_refused(
    refuse: str, told: str, importing: Callable[[str], Callable[[], object]]
) -> None:
    with pytest.raises(PoolFailed, match=f": {told}$"):
        results_of(abs, importing(refuse))


def test_an_error_longer_than_a_pipe_holds_is_cut_and_waits_for_nobody(
    importing: Callable[[str], Callable[[], object]],
) -> None:
    with pytest.raises(PoolFailed, match="ImportError: xxxx") as failed:
        results_of(abs, importing("raise ImportError('x' * 1_000_000)"))
    assert len(str(failed.value)) < 1000
