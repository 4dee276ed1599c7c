"""How far a job is, where there is no terminal."""

import pytest

from whichpool.cli import progress
from whichpool.cli.progress import Lines


class Clock:
    """A clock that stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock)
    return clock


def test_a_short_job_says_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(100, 0) as lines:
        clock.now_s += 4
        lines.show(100, 0, "the loop")
    assert capsys.readouterr() == ("", "")


def test_a_line_tells_how_far_the_job_is_how_quick_and_where(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(10_000, 2_000) as lines:
        clock.now_s += 10
        lines.show(3_000, 2, "processes ×2")
    assert capsys.readouterr().err == "3,000 of 10,000 items, 100/s, 70.0 s left, processes ×2, 2 failed\n"


def test_lines_become_rarer_to_one_a_minute(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    times = []
    with Lines(10_000, 0) as lines:
        for second in range(1, 301):
            clock.now_s += 1
            lines.show(second, 0, "the loop")
            if capsys.readouterr().err:
                times.append(second)
    assert times == [5, 15, 35, 75, 135, 195, 255]


def test_nothing_done_yet_gives_no_rate(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(10, 3) as lines:
        clock.now_s += 9
        lines.show(3, 0, "threads ×4")
    assert capsys.readouterr().err == "3 of 10 items, threads ×4\n"
