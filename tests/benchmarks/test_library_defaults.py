import math
from pathlib import Path

import library_defaults
import pytest
from library_defaults import CLUSTERS, LIBRARIES, PLAIN_LOOP, Library, run_default, time_default

from examples import EXAMPLES

POLLING = next(example for example in EXAMPLES if example.name == "polling")
DASK = next(library for library in CLUSTERS if library.package == "dask")
QUICK = [PLAIN_LOOP, DASK] + [library for library in LIBRARIES if library.package in {"concurrent", "multiprocessing"}]
ENDLESS = Library("endless", "time", "import time", ("time.sleep(3600)",))
ABSENT = Library("absent", "nowhere", "import nowhere_to_be_found", ("pass",))


@pytest.mark.parametrize("library", QUICK, ids=lambda library: library.name)
def test_the_defaults_of_libraries_run_a_job(library: Library, tmp_path: Path) -> None:
    time_s = time_default(library, POLLING, tmp_path, limit_s=60.0)
    assert time_s is not None
    assert 0 < time_s < math.inf


def test_a_job_that_is_cut_is_infinitely_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_defaults, "TO_LOAD_S", 0.0)
    assert time_default(ENDLESS, POLLING, tmp_path, limit_s=0.5) == math.inf


def test_a_library_that_fails_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert time_default(ABSENT, POLLING, tmp_path, limit_s=60.0) is None
    assert (
        "polling: absent fails: ModuleNotFoundError: No module named 'nowhere_to_be_found'" in capsys.readouterr().out
    )


def test_what_a_library_says_of_a_job_comes_with_its_time(tmp_path: Path) -> None:
    telling = Library("telling", "builtins", "", ("print('so much')",), note="f'{len(items)} items'")
    ran = run_default(telling, POLLING, tmp_path, limit_s=60.0)
    assert ran is not None
    assert ran.note == "60 items"
    assert 0 < ran.job_s < math.inf
