"""What every worker that imports the module does again, from what importing it cost here."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from whichpool.hazards.effects import MEND_MODULE_WORK
from whichpool.values import IMPORTED, Finding, Hazard
from whichpool.wording import duration

_LONG_S = 0.1
_LONG_TOGETHER_S = 0.5
_MOST_NAMED = 3


def find_module_work(own_modules: Iterable[str], costs: Mapping[str, float]) -> Iterator[Finding]:
    """Tell what the target's own modules do when they are imported, and in a note what all imports cost.

    Args:
        own_modules: The modules that the user named.
        costs: The own time of each module that was imported, in seconds.
    """
    for name in own_modules:
        if costs.get(name, 0.0) > _LONG_S:
            taken = duration(costs[name])
            yield Finding(
                Hazard.MODULE_WORK,
                "import",
                f"importing {name} itself takes {taken}, without what it imports",
                dict.fromkeys(
                    IMPORTED, f"every worker repeats the work at the top level of {name}: {taken} at its start"
                ),
                MEND_MODULE_WORK,
                tried=True,
            )
    packages: dict[str, float] = defaultdict(float)
    for name, own_s in costs.items():
        if name not in own_modules:
            packages[name.partition(".")[0]] += own_s
    together_s = sum(packages.values())
    if together_s > _LONG_TOGETHER_S:
        longest = sorted(packages, key=packages.__getitem__, reverse=True)[:_MOST_NAMED]
        named = ", ".join(f"{name} {duration(packages[name])}" for name in longest)
        message = f"imports take {duration(together_s)} in every worker that is not forked: {named}"
        mend = "import what only some functions need inside these functions"
        yield Finding(Hazard.MODULE_WORK, "imports", message, {}, mend, tried=True)
