"""Whether a build without a GIL really ran without one: checked after every job, never assumed."""

from whichpool.decide.evidence import Evidence
from whichpool.values import Caveat, Code, Facts, Python


def gil_caveats(evidence: Evidence) -> list[Caveat]:
    """Tell of each free-threaded Python whose GIL was on after a job without being asked for."""
    found = []
    for python, look in evidence.looks.items():
        samples = [each for run in evidence.runs if run.strategy.python == python for each in run.samples]
        if caveat := gil_caveat(python, look.facts, gil_after=any(sample.gil for sample in samples)):
            found.append(caveat)
    return found


def gil_caveat(python: Python, facts: Facts, *, gil_after: bool) -> Caveat | None:
    """Tell of a free-threaded build whose GIL was on after a job, and by what; None where there is nothing to tell.

    An import turns it on where an extension module does not declare that it can do without (PEP 703). Forcing it off
    is no remedy: the module may then corrupt memory.

    Args:
        python: The interpreter.
        facts: What loading the workload told there.
        gil_after: Whether the GIL was on after some job.
    """
    if not facts.is_free_threaded or python.gil_on or not gil_after:
        return None
    who = f"{python} was" if python.name else "this Python was"
    if facts.turned_gil_on:
        by, what_helps = f"importing {facts.turned_gil_on} turned it on", _newer(facts.turned_gil_on)
    elif facts.gil:
        by = "it was on before anything was imported"
        what_helps = "look for PYTHON_GIL in the environment, and unset it"
    else:
        by = "an import within the function turned it on"
        what_helps = "import at the top of the module to have it named"
    message = f"{who} built to run without a GIL, but had it on: {by}, so threads took turns; {what_helps}"
    return Caveat(Code.GIL_ON, message)


def _newer(module: str) -> str:
    package, _, _ = module.partition(".")
    return f"look for a release of {package} that supports free-threaded Python, or use processes"
