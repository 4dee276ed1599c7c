"""Claims for people."""

import json

from whichpool.claims.catalogue import find
from whichpool.report.claims import as_text, claim_block, closing
from whichpool.report.json_claims import as_json
from whichpool.values import Experiment, Holds, Judgement, Measured


def experiment(holds: Holds = Holds.HOLDS, python: str = "3.11.7", **measured: float | list[float]) -> Experiment:
    seen: Measured = dict(measured)
    return Experiment(8, python, seen, Judgement(holds, "10 MB a worker", "they need more"), 1.5)


def test_a_claim_is_shown_with_verdict_reason_and_what_was_seen() -> None:
    text = as_text(claim_block(find(8), [experiment()]))
    assert " 8  Threads are lightweight; processes need more memory." in text
    assert "✓ holds here: they need more\n" in text
    assert text.endswith("10 MB a worker")


def test_several_pythons_stand_side_by_side_with_their_names() -> None:
    text = as_text(claim_block(find(8), [experiment(), experiment(Holds.DOES_NOT_HOLD, "3.14.0 free-threaded")]))
    assert "✓ 3.11.7  holds here" in text
    assert "✗ 3.14.0 free-threaded  does not hold here" in text


def test_explained_it_shows_the_program_and_every_figure_by_its_unit() -> None:
    seen = experiment(fork_s=[0.001] * 8, added_bytes=[1e6] * 8, gil=True, lost=12_345, times=[2.0] * 8)
    text = as_text(claim_block(find(8), [seen], explain=True))
    assert find(8).source().rstrip() in text
    lines = [line.split() for line in text.splitlines()]
    assert ["fork_s", "1.00", "ms", "(1.00", "ms)", "8"] in lines
    assert ["added_bytes", "1.0", "MB", "(1.0", "MB)", "8"] in lines
    assert ["gil", "yes"] in lines
    assert ["lost", "12,345"] in lines
    assert ["times", "2.00", "(2.00)", "8"] in lines


def test_the_closing_line_counts_the_verdicts_of_each_python() -> None:
    seen = [experiment(), experiment(), experiment(Holds.CANNOT_TELL), experiment(python="3.14.0")]
    text = "\n".join(as_text(line) for line in closing(seen))
    assert "Python 3.11.7: 2 claims held, 1 claim could not be told, in 4.50 s." in text
    assert "Python 3.14.0: 1 claim held, in 1.50 s." in text


def test_the_json_holds_the_raw_samples() -> None:
    record = as_json([(find(8), [experiment(fork_s=[0.25, 0.5])])], {"cores": 2})
    (claim,) = json.loads(json.dumps(record))["claims"]
    assert claim["number"] == 8
    assert claim["experiments"][0]["verdict"] == "holds here"
    assert claim["experiments"][0]["measured"]["fork_s"] == [0.25, 0.5]
