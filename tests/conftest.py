"""What holds for all tests."""

import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

# a deadline is an assertion on elapsed time, and tests also run on busy machines
settings.register_profile("whichpool", deadline=None)
settings.load_profile("whichpool")

# NumPy's native threads would keep this process from forking workers; it is imported without them, once
with pytest.MonkeyPatch.context() as environment, suppress(ImportError):
    environment.setenv("OPENBLAS_NUM_THREADS", "1")
    import numpy as np  # noqa: F401 - to have been imported

# a shell that runs the tests in the background makes them deaf to Ctrl-C, which what they start would inherit
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_CLAIMS, _JOBS = Path(__file__).parent / "claims", Path(__file__).parent / "running"


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_known_from_before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the user's machine costs is kept in a folder of the user's, which tests neither read nor write."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of whole jobs early: others leave threads behind, and then nothing can be forked.

    What weighs this process comes before them; what has Dask change how exceptions are pickled comes after the others.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if "dask" in item.name:
        return 3
    if _CLAIMS in item.path.parents:
        return 0
    return 1 if _JOBS in item.path.parents else 2
