"""The machine for people: what it offers to pools, and why not more."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from whichpool.machine.interpreter import Interpreter
from whichpool.machine.memory import MemoryLeft
from whichpool.machine.survey import Survey, has_interpreters
from whichpool.report.notes import note
from whichpool.values import Noise
from whichpool.wording import duration, size


def as_text(renderable: RenderableType, width: int = 100) -> str:
    """Draw as plain text of a width in columns."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def machine_report(survey: Survey, disturbances: Sequence[str]) -> RenderableType:
    """Lay out what the machine offers.

    Args:
        survey: What was seen.
        disturbances: What would disturb a measurement just now; empty where nothing would.
    """
    return Group(
        Text(),
        _summary(survey, disturbances),
        Text(),
        _pythons(survey.pythons),
        Text(),
        *_pools(survey.pools),
    )


def _summary(survey: Survey, disturbances: Sequence[str]) -> Table:
    cores = survey.machine.cores
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    held = f" of {cores.installed}: {cores.reason}" if cores.reason else ", all that the machine has"
    table.add_row("cores", Text.assemble((f"{cores.usable:g}", "bold"), held))
    table.add_row("memory", _memory(survey.machine.memory))
    if disturbances:
        table.add_row("noise", Text.assemble(("not quiet", "bold yellow"), f": {'; '.join(disturbances)}"))
    else:
        table.add_row("noise", Text.assemble(("quiet", "bold green"), _calm(survey.noise)))
    return table


def _memory(memory: MemoryLeft | None) -> Text:
    if memory is None:
        return Text("unknown: this system does not tell")
    return Text.assemble((size(memory.left_bytes), "bold"), f" left: {memory.reason}")


def _calm(noise: Noise) -> str:
    """Say what was looked at to call the machine quiet."""
    told = []
    if noise.others_cores is not None:
        told.append(f"others kept {noise.others_cores:.2f} cores busy")
    if noise.steal_share is not None:
        told.append(f"the hypervisor took {noise.steal_share:.0%}")
    told.append("no quota was used up")
    return f" enough to measure: in {duration(noise.elapsed_s)} {', '.join(told)}"


def _pythons(pythons: Sequence[Interpreter]) -> Table:
    table = _table("Python", "GIL", "interpreters", "where")
    for place, python in enumerate(pythons):
        table.add_row(
            python.full,
            _gil(python),
            "yes" if has_interpreters(python) else "–",
            Text(f"{_short(python.executable)}{' (this one)' if place == 0 else ''}", style="dim"),
        )
    return table


def _gil(python: Interpreter) -> str:
    if not python.is_free_threaded:
        return "yes"
    return "can do without; on now" if python.gil_is_on else "off"


def _short(path: str) -> str:
    """Write a path as a shell would take it, with the home folder's sign."""
    home = Path.home()
    return f"~/{Path(path).relative_to(home)}" if Path(path).is_relative_to(home) else path


def _pools(pools: Mapping[str, str | None]) -> Iterator[RenderableType]:
    there = [name for name, reason in pools.items() if reason is None]
    yield note("✓", f"pools here: {', '.join(there)}", "green")
    for name, reason in pools.items():
        if reason is not None:
            yield note("–", Text.assemble(f"{name}: ", (reason, "dim")), "dim")


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in titles:
        table.add_column(title, no_wrap=title != "where", overflow="fold")
    return table


def hint() -> RenderableType:
    """Say what else there is to ask."""
    what = "whichpool machine --costs tells what starting, handing over and sending cost here, in about 8 s."
    return Group(Text(), Text(what, style="dim"))
