"""The bar of a running job, where it is drawn: a terminal, a notebook, a file."""

import pytest

from whichpool.report.bar import Bar


def drawn(capsys: pytest.CaptureFixture[str]) -> str:
    with Bar(total=10) as bar:
        bar.show(3, 0, "the loop")
        bar.show(10, 1, "processes ×2")
    return capsys.readouterr().err


def test_where_nobody_watches_only_the_end_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(capsys).splitlines()[-1].startswith("processes ×2")


def test_a_notebook_gets_a_line_that_takes_the_place_of_the_one_before_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    first, *later = drawn(capsys).split("\r")
    assert "0/10" in first
    assert "10/10" in later[-1]
    assert "1 failed" in later[-1]
