"""How long a job has been at work, stage by stage."""

from time import perf_counter, process_time

from whichpool.running.account import JobReport, Stage
from whichpool.running.source import Source


class StageClock:
    """Tells stages what they have taken, without what the consumer of the results does between them."""

    def __init__(self, report: JobReport, source: Source) -> None:
        """Stand still until the job begins.

        Args:
            report: What the job has done; its times are kept here.
            source: Where the items come from, which takes time as well.
        """
        self._report = report
        self._source = source
        self._begun_s = self._consumer_s = self._slowed_s = 0.0
        self._consumer_before_s = self._pulling_before_s = self._process_cpu_before_s = 0.0

    def begin(self) -> None:
        """Begin with the job."""
        self._begun_s = perf_counter()

    @property
    def now_s(self) -> float:
        """How long the job has been at work."""
        return perf_counter() - self._begun_s - self._consumer_s

    def enter(self, stage: Stage) -> None:
        """Begin with a stage, the last of the report."""
        self._report.stages.append(stage)
        self._slowed_s = 0.0
        self._consumer_before_s = self._consumer_s
        self._pulling_before_s = self._source.pulling_s
        self._process_cpu_before_s = process_time()

    def leave_out(self, consumer_s: float) -> None:
        """Leave out what the consumer has taken."""
        self._consumer_s += consumer_s

    def note_slowed(self, slowed_s: float) -> None:
        """Take note that the loop's items took longer than without the workers beside it."""
        self._slowed_s += max(0.0, slowed_s)

    def tell(self, stage: Stage) -> None:
        """Tell the stage, and the report, what it has taken so far."""
        now_s = self.now_s
        stage.elapsed_s = now_s - stage.at_s
        stage.consumer_s = self._consumer_s - self._consumer_before_s
        stage.pulling_s = self._source.pulling_s - self._pulling_before_s
        stage.process_cpu_s = process_time() - self._process_cpu_before_s
        if stage.pool == "serial" and stage.elapsed_s > 0:  # workers beside it are counted by themselves
            stage.speedup = max(0.0, 1 - self._slowed_s / stage.elapsed_s)
        self._report.elapsed_s = now_s
        self._report.consumer_s = self._consumer_s
