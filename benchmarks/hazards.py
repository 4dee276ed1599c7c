"""How many of the hazards does ``whichpool check`` find, and how often does it accuse clean code?

Small functions, labelled by hand, stand in ``hazard_cases``: everyday code, and cases adapted from the issue trackers
of projects that run other people's functions in pools. A label stands above its function::

    # label: hazard state-changed race | items: range(3)
    # label: clean | name: DOUBLE.scale | items: range(3)

A hazard counts as found where one of the labelled codes is found to be a hazard of some pool: for the right reason. A
clean function counts as accused where anything at all is found to be a hazard. Each is checked twice: by its code
alone, and with trial calls where the label has items.

    python benchmarks/hazards.py [part of a file's or function's name]
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from whichpool.lab.launch import Laboratory
from whichpool.values import Examination, Hazard, Workload

_CASES = Path(__file__).with_name("hazard_cases")
_LABEL = re.compile(r"# label: (hazard|clean)([^|\n]*)((?:\|[^\n]*)?)\n(?:def (\w+))?")
_LIMIT_S = 20.0
RECALL = 0.9
FALSE_ALARMS = 0.1


@dataclass(frozen=True, slots=True)
class Case:
    """A function and its label.

    Attributes:
        file: The file's name.
        name: The function's name in it.
        codes: What is wrong with it, any of which will do; empty for a clean one.
        items: The SPEC of its items; None where it can only be read.
        call: The arguments of a call that is written out; empty where it has items.
    """

    file: str
    name: str
    codes: tuple[Hazard, ...]
    items: str | None
    call: str

    @property
    def target(self) -> str:
        """What the command is given."""
        return f"{self.file}:{self.name}{self.call}"

    @property
    def can_be_tried(self) -> bool:
        """Whether it can be called."""
        return self.items is not None or bool(self.call)

    def examine(self, *, trial: bool) -> Examination:
        """Check it in a child."""
        workload = Workload(self.target, (self.target,), self.items if trial else None, folder=str(_CASES))
        return Laboratory(workload).examine("", _LIMIT_S, trial=trial)


def cases(folder: Path = _CASES) -> Iterator[Case]:
    """Read the labels of all cases."""
    for file in sorted(folder.glob("*.py")):
        for verdict, codes, options, function in _LABEL.findall(file.read_text(encoding="utf-8")):
            given = dict(part.strip().split(": ", 1) for part in options.split("|") if part.strip())
            hazards = tuple(map(Hazard, codes.split()))
            if bool(hazards) is not (verdict == "hazard"):
                message = f"{file.name}: a hazard is labelled with its codes, and nothing else is: {verdict}{codes}"
                raise ValueError(message)
            name = given.get("name", function)
            yield Case(file.name, name, hazards, given.get("items"), given.get("call", ""))


def accusations(examination: Examination) -> set[Hazard]:
    """List what was found to be a hazard of some pool."""
    return {finding.hazard for finding in examination.findings if finding.effects}


@dataclass(slots=True)
class Score:
    """How the cases came out."""

    hazardous: int = 0
    found: int = 0
    clean: int = 0
    accused: int = 0

    def note(self, case: Case, accused_of: set[Hazard]) -> bool:
        """Count a case; tell whether it came out as labelled."""
        if case.codes:
            self.hazardous += 1
            right = not accused_of.isdisjoint(case.codes)
            self.found += right
        else:
            self.clean += 1
            right = not accused_of
            self.accused += not right
        return right

    @property
    def recall(self) -> float:
        """The share of the hazardous that were found."""
        return self.found / self.hazardous if self.hazardous else 1.0

    @property
    def false_alarms(self) -> float:
        """The share of the clean that were accused."""
        return self.accused / self.clean if self.clean else 0.0


def main(arguments: Sequence[str]) -> int:
    """Check every case, print the table, and tell by the exit code whether both targets are met."""
    console = Console(highlight=False, soft_wrap=True)
    wanted = arguments[0] if arguments else ""
    by_code, with_trial = Score(), Score()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("function", "label", "by its code", "with trial calls"):
        table.add_column(title)
    for case in cases():
        if wanted not in case.target:
            continue
        read = accusations(case.examine(trial=False))
        is_right = [by_code.note(case, read)]
        tried = accusations(case.examine(trial=True)) if case.can_be_tried else read
        is_right.append(with_trial.note(case, tried))
        if not all(is_right):
            shown = [", ".join(sorted(found)) or "nothing" for found in (read, tried)]
            cells = [text if right else f"[red]{text}[/]" for text, right in zip(shown, is_right, strict=True)]
            table.add_row(case.target, ", ".join(case.codes) or "clean", *cells)
    if table.row_count:
        console.print("What did not come out as labelled:\n")
        console.print(table)
        console.print()
    for how, score in (("by their code alone", by_code), ("with trial calls too", with_trial)):
        console.print(
            f"{how}: recall {score.recall:.3f} ({score.found} of {score.hazardous}), "
            f"false alarms {score.false_alarms:.3f} ({score.accused} of {score.clean})"
        )
    return 0 if with_trial.recall >= RECALL and with_trial.false_alarms <= FALSE_ALARMS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
