"""What things cost is measured once, and then known."""

from pathlib import Path

import pytest

from tests.costs import COSTS
from whichpool.comparison import kept_costs as keeping
from whichpool.comparison.machine import price
from whichpool.errors import ChildFailed, Trouble
from whichpool.values import Costs, Failure, Python

HERE = Python()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep in a folder of the test's own."""
    monkeypatch.setattr(keeping, "user_cache_path", lambda name, **_: tmp_path / name)
    return tmp_path / "whichpool"


class Bench:
    """Measures what it is told to, and counts how often."""

    def __init__(self, answer: Costs | Failure = COSTS) -> None:
        """Set the answer."""
        self.answer = answer
        self.measured = 0
        self.said = 0

    def measure(self, _python: Python, _limit_s: float) -> Costs | Failure:
        """Give the answer."""
        self.measured += 1
        return self.answer

    def say(self) -> None:
        """Count."""
        self.said += 1


def test_what_was_measured_once_is_known_from_then_on() -> None:
    bench = Bench()
    first = price(HERE, bench.say, measure=bench.measure)
    second = price(HERE, bench.say, measure=bench.measure)
    assert (first.costs, first.kept, first.trouble) == (COSTS, False, None)
    assert (second.costs, second.kept, second.trouble) == (COSTS, True, None)
    assert bench.measured == bench.said == 1


def test_what_is_wanted_fresh_is_measured_in_any_case() -> None:
    bench = Bench()
    price(HERE, bench.say, measure=bench.measure)
    assert not price(HERE, bench.say, fresh=True, measure=bench.measure).kept
    assert bench.measured == 2


def test_a_measurement_that_fails_is_told_and_not_kept(cache: Path) -> None:
    bench = Bench(Failure(Trouble.DIED, "the process was killed by SIGKILL"))
    with pytest.raises(ChildFailed, match="could not be measured: the process was killed by SIGKILL"):
        price(HERE, bench.say, measure=bench.measure)
    assert not cache.exists()


def test_what_cannot_be_kept_is_told_all_the_same(cache: Path) -> None:
    cache.write_text("a file is in the way", encoding="utf-8")
    bench = Bench()
    priced = price(HERE, bench.say, measure=bench.measure)
    assert priced.costs == COSTS
    assert "was not kept" in (priced.trouble or "")
