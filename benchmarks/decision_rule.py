"""Print how often the rule of the race is wrong, and how soon it decides, on simulated sessions.

Run from the top of the repository: ``python benchmarks/decision_rule.py``.
"""

from collections.abc import Iterator

from simulated_sessions import Tally, run_sessions

RACES = (
    ("2 equal", (1.0, 1.0), 4000),
    ("2, simplest 1.05x slower", (1.05, 1.0), 2000),
    ("2, simplest 1.15x slower", (1.15, 1.0), 4000),
    ("2, simplest 1.15x faster", (1.0, 1.15), 2000),
    ("2, simplest 1.5x slower", (1.5, 1.0), 4000),
    ("2, simplest 1.5x faster", (1.0, 1.5), 2000),
    ("3 equal", (1.0, 1.0, 1.0), 2000),
    ("3, simplest 1.15x slower", (1.15, 1.0, 1.0), 2000),
    ("3, last 1.15x faster", (1.15, 1.15, 1.0), 2000),
    ("6 equal", (1.0,) * 6, 1000),
)
"""What to call it, the true times with the simplest strategy first, and how many sessions."""


def table() -> Iterator[str]:
    """Give the table's lines, each as soon as it is known."""
    columns = ("sessions", "wrong claim", "wrong choice", "decided", "equivalent", "rounds")
    yield f"{'race':<26}" + "".join(f"{column:>14}" for column in columns)
    for name, true_s, sessions in RACES:
        yield f"{name:<26}{_figures(run_sessions(true_s, sessions))}"


def _figures(tally: Tally) -> str:
    return (
        f"{tally.sessions:>14}{tally.wrong_claims:>14.2%}{tally.wrong_choices:>14.2%}"
        f"{tally.decided:>14.1%}{tally.equivalent:>14.1%}{tally.mean_rounds:>14.1f}"
    )


if __name__ == "__main__":
    for line in table():
        print(line, flush=True)
