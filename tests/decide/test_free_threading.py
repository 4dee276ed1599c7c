"""A build without a GIL that had it on is told of, with what turned it on."""

from dataclasses import replace

import pytest

from tests.decide.making import make_evidence, make_sample
from whichpool.decide.free_threading import gil_caveat, gil_caveats
from whichpool.values import Code, Dissection, Facts, Python, Run, Strategy

FREE = Python("/usr/bin/python3.14t", "3.14t")
WITH_GIL = replace(FREE, name="3.14t GIL on", gil_on=True)
FACTS = replace(make_evidence(gil=False).facts, is_free_threaded=True)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(FACTS, gil=True, turned_gil_on="lxml.etree"), "importing lxml.etree turned it on"),
        (replace(FACTS, gil=True, turned_gil_on="lxml.etree"), "a release of lxml that supports free-threaded Python"),
        (replace(FACTS, gil=True), "look for PYTHON_GIL in the environment"),
        (FACTS, "an import within the function turned it on"),
    ],
)
def test_what_turned_the_gil_on_is_named_with_what_helps(facts: Facts, words: str) -> None:
    caveat = gil_caveat(FREE, facts, gil_after=True)
    assert caveat is not None
    assert caveat.code is Code.GIL_ON
    assert caveat.message.startswith("3.14t was built to run without a GIL, but had it on: ")
    assert words in caveat.message
    assert "PYTHON_GIL=0" not in caveat.message


@pytest.mark.parametrize(
    ("python", "facts", "gil_after"),
    [
        (FREE, FACTS, False),
        (WITH_GIL, replace(FACTS, gil=True), True),
        (FREE, replace(FACTS, is_free_threaded=False, gil=True), True),
    ],
    ids=["it stayed off", "it was asked for", "the build has one"],
)
def test_nothing_is_told_where_the_gil_was_as_expected(python: Python, facts: Facts, *, gil_after: bool) -> None:
    assert gil_caveat(python, facts, gil_after=gil_after) is None


def test_one_job_that_ended_with_the_gil_on_is_enough_and_only_its_own_python_is_told_of() -> None:
    other = replace(FREE, name="3.15t")
    evidence = replace(
        make_evidence(),
        looks={python: Dissection(FACTS, None) for python in (FREE, WITH_GIL, other)},
        runs=(
            Run(Strategy("serial", python=FREE), (make_sample(gil=False),)),
            Run(Strategy("threads", 2, python=FREE), (make_sample(gil=False), make_sample(gil=True))),
            Run(Strategy("serial", python=WITH_GIL), (make_sample(gil=True),)),
            Run(Strategy("serial", python=other), (make_sample(gil=False),)),
        ),
    )
    (caveat,) = gil_caveats(evidence)
    assert caveat.message.startswith("3.14t was built")
