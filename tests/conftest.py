"""What holds for all tests."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# a deadline is an assertion on elapsed time, and tests also run on busy machines
settings.register_profile("whichpool", deadline=None)
settings.load_profile("whichpool")

# a shell that runs the tests in the background makes them deaf to Ctrl-C, which what they start would inherit
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_known_from_before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the user's machine costs is kept in a folder of the user's, which tests neither read nor write."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
