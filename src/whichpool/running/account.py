"""What a job did: which pools it went through, when and why."""

from dataclasses import dataclass, field, replace
from typing import Any

from whichpool.wording import count, duration, number, size

_CLOSE = 1.05


@dataclass(slots=True)
class Stage:
    """A stretch of a job in one pool.

    Attributes:
        pool: The pool, ``serial`` for the plain loop.
        workers: How many workers it had; 1 for the loop.
        why: Why the job went there.
        at_s: When it began to deal there, in seconds since the job began.
        items: How many items were answered there.
        failures: How many of these failed.
        elapsed_s: How long it took, without the time that the consumer of the results spent between them.
        consumer_s: How long that was; workers go on meanwhile.
        busy_s: How long the workers were at items, together, by their own clocks.
        cpu_s: How much of that the threads that ran them computed.
        process_cpu_s: How much the caller's whole process computed meanwhile, in threads of native libraries too.
        pulling_s: How long the iterator took to give items meanwhile.
        sent_bytes: How much was sent to workers; 0 within the process.
        got_bytes: How much came back.
        speedup: How many times faster than the loop it went through its items; None where that is not known.
    """

    pool: str
    workers: int
    why: str
    at_s: float
    items: int = 0
    failures: int = 0
    elapsed_s: float = 0.0
    consumer_s: float = 0.0
    busy_s: float = 0.0
    cpu_s: float = 0.0
    process_cpu_s: float = 0.0
    pulling_s: float = 0.0
    sent_bytes: int = 0
    got_bytes: int = 0
    speedup: float | None = None

    @property
    def item_s(self) -> float:
        """How long an item kept a worker busy; 0 as long as none was answered."""
        return self.busy_s / max(1, self.items)

    @property
    def item_bytes(self) -> float:
        """How much travelled for an item, there and back; 0 as long as none was answered."""
        return (self.sent_bytes + self.got_bytes) / max(1, self.items)

    def since(self, before: "Stage") -> "Stage":
        """Tell what was done since then.

        Args:
            before: The same stage at an earlier time.
        """
        return replace(
            self,
            items=self.items - before.items,
            failures=self.failures - before.failures,
            elapsed_s=self.elapsed_s - before.elapsed_s,
            consumer_s=self.consumer_s - before.consumer_s,
            busy_s=self.busy_s - before.busy_s,
            cpu_s=self.cpu_s - before.cpu_s,
            process_cpu_s=self.process_cpu_s - before.process_cpu_s,
            pulling_s=self.pulling_s - before.pulling_s,
            sent_bytes=self.sent_bytes - before.sent_bytes,
            got_bytes=self.got_bytes - before.got_bytes,
        )

    def __str__(self) -> str:
        """Name it for people: ``processes ×2``."""
        return "the loop" if self.pool == "serial" else f"{self.pool} ×{self.workers}"


@dataclass(slots=True)
class JobReport:
    """What a job has done so far; ``print`` shows it.

    Attributes:
        stages: The pools it went through, in order.
        passed_over: The pools that were not used, each with the reason.
        elapsed_s: How long the job has taken, without the consumer's time.
        consumer_s: How long the consumer of the results spent between them.
        finished: Whether every item has been answered.
    """

    stages: list[Stage] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)
    elapsed_s: float = 0.0
    consumer_s: float = 0.0
    finished: bool = False

    @property
    def items(self) -> int:
        """How many items have been answered."""
        return sum(stage.items for stage in self.stages)

    @property
    def failures(self) -> int:
        """How many of them failed."""
        return sum(stage.failures for stage in self.stages)

    @property
    def pool(self) -> str:
        """The pool in use, or the last one: ``the loop``, ``threads ×8``."""
        return str(self.stages[-1]) if self.stages else "the loop"

    @property
    def pools(self) -> tuple[str, ...]:
        """The names of the pools that were used, in the order of their first use."""
        return tuple(dict.fromkeys(stage.pool for stage in self.stages))

    @property
    def speedup(self) -> float | None:
        """How many times faster than the plain loop alone the job went; None where that cannot be told.

        What the loop alone would have taken is reckoned from what its own items took, and from the CPU time of the
        others where the items compute: an estimate, not a measurement.
        """
        known = [stage for stage in self.stages if stage.speedup is not None]
        if not known or len(known) < len(self.stages) or self.elapsed_s <= 0:
            return None
        return sum(stage.elapsed_s * (stage.speedup or 0.0) for stage in known) / self.elapsed_s

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        if not self.items:
            return "No item has been run." if not self.finished else "There was no item to run."
        done = f"{count(self.items, 'item')} in {duration(self.elapsed_s)}"
        failed = f", {self.failures:,} failed" if self.failures else ""
        if self.pools == ("serial",):
            return f"The plain loop: {done}{failed}."
        speedup = self.speedup
        gain = ""
        if speedup is not None:
            told = number(max(speedup, 1 / speedup))
            gain = f", about {told} times {'faster' if speedup >= 1 else 'slower'} than the loop alone"
            gain = ", about as fast as the loop alone" if 1 / _CLOSE < speedup < _CLOSE else gain
        where = " and ".join(dict.fromkeys(map(str, self._mainly())))
        return f"{where[:1].upper()}{where[1:]}: {done}{gain}{failed}."

    def _mainly(self) -> list[Stage]:
        """Tell where most of the work was done, but never the loop alone where there were workers."""
        ranked = sorted(self.stages, key=lambda stage: (stage.busy_s, stage.items), reverse=True)
        most = ranked[0]
        return [most] if most.pool != "serial" else [most, next(each for each in ranked if each.pool != "serial")]

    def __str__(self) -> str:
        """Tell it all: the verdict, a line for each stage with its reason, and what was passed over."""
        lines = [self.verdict, ""]
        lines += [f"{stage.at_s:8.3f} s  {_told(stage)}" for stage in self.stages]
        reasons: dict[str, list[str]] = {}
        for pool, why in self.passed_over.items():
            verb = "used all the same" if pool in self.pools else "not used"
            reasons.setdefault(f"{verb}: {why}", []).append(pool)
        lines += [f"– {' and '.join(pools)} {reason}" for reason, pools in reasons.items()]
        return "\n".join(lines).rstrip()

    def _repr_pretty_(self, printer: Any, *_: object) -> None:  # noqa: ANN401 - IPython's
        printer.text(str(self))


def _told(stage: Stage) -> str:
    facts = [count(stage.items, "item"), duration(stage.elapsed_s)]
    if stage.items:
        facts.append(f"{duration(stage.item_s)} each")
    if stage.pool != "serial" and stage.elapsed_s > 0:
        facts.append(
            f"workers busy {min(1.0, stage.busy_s / ((stage.elapsed_s + stage.consumer_s) * stage.workers)):.0%}"
        )
    if stage.sent_bytes or stage.got_bytes:
        facts.append(f"{size(stage.sent_bytes)} sent, {size(stage.got_bytes)} back")
    return f"{stage}: {', '.join(facts)}; {stage.why}"
