"""A whole job: the loop first, a crew when that pays, and watching all the while.

Everything happens in the thread that asks for results, but for what a heartbeat does while that thread is at an item;
between two results nothing of ours runs but the workers.
"""

import logging
import math
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from time import perf_counter
from typing import Any

from whichpool.errors import CrewBroken, Unsendable, WorkerDied
from whichpool.pools.coroutines import has_to_be_awaited
from whichpool.running import place
from whichpool.running.account import JobReport, Stage
from whichpool.running.candidates import Candidates
from whichpool.running.crew import Answer, Batch, Crew, NotBegun, Task
from whichpool.running.crew_watch import CrewWatch, Move
from whichpool.running.dealing import Dealer
from whichpool.running.delivery import AsTheyCome, InOrder, pieces
from whichpool.running.heartbeat import Heartbeat
from whichpool.running.loop import LoopRun, next_size
from whichpool.running.options import Options
from whichpool.running.policy import Plan
from whichpool.running.prospects import Prospects
from whichpool.running.source import Source
from whichpool.running.stage_clock import StageClock
from whichpool.running.threads import ThreadCrew
from whichpool.running.trial import Trial
from whichpool.running.workers.crew import ProcessCrew
from whichpool.wording import number

log = logging.getLogger("whichpool")

_LOOK_AT_START_S = 1e-3
_PATIENCE = 3.0
_SILENT_S = 0.5
_TAKE_BACK_S = 10e-3
_LONGEST_BATCH_S = 0.1


class Job:
    """Runs a function over items, each once.

    Attributes:
        report: What it has done so far.
        when_silent: Is called now and then while workers have nothing to tell.
    """

    def __init__(self, function: Callable[..., Any], source: Source, options: Options) -> None:
        """Prepare; nothing is run and no item is drawn.

        Raises:
            WrongCall: The function cannot run in the pools that are allowed.
        """
        self.report = JobReport()
        self.when_silent: Callable[[], object] | None = None
        self._options = options
        self._source = source
        self._task = Task(
            function,
            unpacked=self._source.unpacked,
            source=self._source.sequence,
            initializer=options.initializer,
            timeout_s=options.timeout,
            memory_limit_bytes=options.memory_limit,
            longest_batch_s=_LONGEST_BATCH_S if options.chunksize is None else None,
        )
        is_async = has_to_be_awaited(function)
        allowed = options.allowed(is_async=is_async)
        if place.is_inside() and not is_async:  # the cores are busy with what this is a part of
            allowed = ("serial",)
        self._has_loop = "serial" in allowed
        self._stays = allowed == ("serial",)
        self._delivery = InOrder() if options.ordered else AsTheyCome()
        self._dealer = Dealer(source, self._delivery, options)
        self._clock = StageClock(self.report, source)
        self._heartbeat = Heartbeat()
        self._candidates = Candidates(function, source, allowed, self.report, self._heartbeat.tell)
        self._prospects = Prospects(self._candidates, source, options, self.report)
        self._watch = CrewWatch(self._prospects, self._candidates, source, self.report, options.workers)
        self._loop_run = LoopRun(Batch(0, ()))
        self._early: list[Answer] = []
        self._early_at_s: float | None = None
        self._is_tried = False
        self._tries: dict[int, int] = {}
        self._crew: Crew | None = None
        self._why = "every job begins with the plain loop"

    def answers(self) -> Generator[Answer]:
        """Run it all and give every item's answer once; in order, if that was asked for.

        Raises:
            BaseException: What the iterator of the items raised, after the answers to the items before; what the
                initializer raised; ``KeyboardInterrupt``; or :class:`CrewBroken` where nothing may run in the caller.
        """
        self._clock.begin()
        try:
            if not self._has_loop:
                self._open(self._prospects.first(), "no item is to run in the caller")
            elif self._options.initializer is not None:
                self._options.initializer()
            while not self._dealer.is_over:
                yield from self._run_crew(self._crew) if self._is_ready() and self._crew else self._run_loop()
            if self._source.error is not None:
                raise self._source.error
            self._prospects.conclude()
            self.report.finished = True
        finally:
            try:
                self.close()
            except BaseException:  # an interrupt; what it kept from being ended is ended now
                self.close()
                raise

    @property
    def total(self) -> int | None:
        """How many items there are in all; None where that is not known."""
        return self._source.total

    def close(self) -> None:
        """End all workers; may be called twice."""
        try:
            self._heartbeat.come_back()
        finally:  # each of them, whichever is interrupted
            try:
                self._prospects.end()
            finally:
                if self._crew is not None:
                    self._crew.close()
                    self._crew = None

    def _run_loop(self) -> Iterator[Answer]:
        """Run items here until there are none left, or a crew is ready to take them."""
        stage = self._enter("serial", 1)
        if not self._stays and self._crew is None:
            self._prospects.begin(stage, self._heartbeat.beat)
        size = 1
        while True:
            batch = self._source.pull(size)
            if not batch.items:
                break
            busy_s = stage.busy_s
            yield from self._run_here(batch, stage)
            took_s = stage.busy_s - busy_s + self._source.last_pull_s
            size = next_size(len(batch.items), took_s)
            if not self._stays and (yield from self._has_moved(stage, took_s)):
                return
        if not self._dealer.outstanding.items:
            self.close()  # a crew that was being started comes too late

    def _has_moved(self, stage: Stage, took_s: float) -> Generator[Answer, None, bool]:
        """Start a crew where that pays, and tell whether one is ready."""
        if self._crew is None:
            self._heartbeat.complain()
        if self._crew is None and (plan := self._prospects.look()) is not None:
            if not (yield from self._leaves_no_trace(plan.pool, stage)):
                return False
            if self._is_ready():  # threads have begun while that item took long
                return True
            self._open(plan, str(plan))
            if took_s > plan.start_s:  # sooner than another item of that kind would have ended
                self._wait_for_crew(_PATIENCE * plan.start_s)
        return self._is_ready()

    def _leaves_no_trace(self, pool: str, stage: Stage | None = None) -> Generator[Answer, None, bool]:
        """Run an item and see whether the function changes anything: in another process the caller would not see that.

        The consumer of the results may change what it likes: the look comes before it gets this one. Threads are not
        worth it: what they change is not lost, and an item that waits would keep all others waiting.
        """
        if pool != "processes" or self._is_tried or not self._candidates.have_to_be_tried():
            return True
        self._is_tried = True
        from whichpool.running.users_state import UsersState  # noqa: PLC0415 - slow to import, and seldom needed

        if stage is None:
            self._why = "does it change anything?"
            stage = self._enter("serial", 1)
        batch = self._source.pull(1)
        trial, state = Trial(self._task.function, batch.items), UsersState(self._task.function, batch.items)
        answers = self._run_here(batch, stage)
        first = next(answers, None)
        if (changed := state.why_not()) is not None:
            self._candidates.pass_over("threads", changed)
        if (changed := changed or trial.why_not()) is not None:
            self._candidates.pass_over("processes", changed)
        if first is not None:
            yield first
            yield from answers
        return pool in self._candidates.pools

    def _run_here(self, batch: Batch, stage: Stage) -> Iterator[Answer]:
        """Run a batch in the caller, and go on behind an item that fails."""
        while batch.items:
            self._loop_run = run = LoopRun(batch)
            self._heartbeat.leave(self._deal_meanwhile)
            try:
                answer = run.run(self._task)
            finally:
                self._heartbeat.come_back()
            batch = run.batch
            if not batch.items:  # all of it was taken back, before the first was begun
                return
            spent = run.spent(answer, alone=self._crew is None)
            are_slowed = self._crew is not None and self._crew.pool == "processes"
            self._prospects.note(batch, answer, spent, last_is_long=run.last_was_long, are_slowed=are_slowed)
            alone_s = self._prospects.loop_item_s * spent.items if are_slowed else spent.busy_s
            self._clock.note_slowed(answer.busy_s - alone_s)
            yield from self._settle(answer, batch.items, stage)
            batch = batch.part(len(answer.values))

    def _deal_meanwhile(self) -> None:
        """Have threads begin while the caller is at an item that takes long; it is a heartbeat that does so."""
        item_s = self._loop_run.elapsed_s
        if self._crew is None:
            if item_s > _TAKE_BACK_S:
                self._source.give_back(self._loop_run.take_back())
            plan = self._prospects.look_within(self._loop_run)
            if plan is None:
                return
            self._early_at_s = self._clock.now_s
            self._loop_run.be_joined()
            self._start(plan, f"{plan}, while the loop was still at an item")
        if self._crew is not None:
            self._early += self._dealer.take(self._crew, 0.0)
            self._dealer.feed(self._crew, max(item_s, self._prospects.loop_item_s))

    def _run_crew(self, crew: Crew) -> Iterator[Answer]:
        """Deal out batches and collect answers, until there are no more or another pool is the better place."""
        self._prospects.clear()
        if (wanted := self._watch.workers_after_all(crew.pool)) > crew.workers:
            crew.grow(wanted)
        stage = self._enter(crew.pool, crew.workers, self._early_at_s)
        self._early_at_s = None
        self._watch.begin()
        move: Move | None = None
        is_broken = False
        try:
            while True:
                wants_more = move is None and self._dealer.feed(crew, self._watch.item_s, stage.item_bytes)
                if not self._dealer.outstanding.items and (move is not None or self._source.is_exhausted):
                    break
                for answer in self._hear(crew, 0.0 if wants_more else _SILENT_S):
                    self._watch.note(answer)
                    items = self._dealer.outstanding.strike_out(answer.first, len(answer.values))
                    yield from self._settle(answer, items, stage)
                if move is None:
                    move = self._judge(crew, stage)
        except CrewBroken as error:
            is_broken = True
            self._give_up(crew.pool, error)
        stage.speedup, stage.workers = self._watch.claim(stage), crew.workers
        if move is not None and not self._dealer.is_over and not is_broken:
            yield from self._move(stage, move)

    def _move(self, stage: Stage, move: Move) -> Iterator[Answer]:
        """Leave a crew for a better place."""
        self.close()
        found = "slower than it should be" if stage.speedup is None else f"{number(stage.speedup)} times the loop"
        left = f"{stage} turned out to be {found}"
        if move == "serial":
            self._why = "workers did not pay"
            self._stays = True
        elif move == "look again":
            self._why = f"items of {stage} were of another kind than those that the loop had run"
        elif not (yield from self._leaves_no_trace(move.pool)):
            self._why = left
        else:
            self._open(move, f"{left}; {move}")

    def _judge(self, crew: Crew, stage: Stage) -> Move | None:
        """Give the crew more workers where it should have them, and say where to go if that is elsewhere."""
        wanted = self._watch.workers_wanted(stage)
        if wanted > crew.workers >= stage.workers:  # a crew of fewer could not start more
            crew.grow(wanted)
            stage.workers = wanted
        return self._watch.judge(stage)

    def _hear(self, crew: Crew, wait_s: float) -> list[Answer]:
        answers, self._early = self._early, []
        if not answers:
            self._heartbeat.complain()
            answers = self._dealer.take(crew, wait_s)
        if not answers and self.when_silent is not None:
            self.when_silent()
        return answers

    def _settle(self, answer: Answer, items: Any, stage: Stage) -> Iterator[Answer]:  # noqa: ANN401 - any sequence
        """Take note of an answer and deliver it, but for the items that are to be tried again."""
        stage.items += len(answer.values)
        stage.busy_s += answer.busy_s
        stage.cpu_s += answer.cpu_s
        stage.sent_bytes += answer.sent_bytes
        stage.got_bytes += answer.got_bytes
        self._clock.tell(stage)
        here: list[Batch] = []
        cut: dict[int, BaseException] = {}
        for at, error in answer.failures.items():
            batch = Batch(answer.first + at, items[at : at + 1])
            if isinstance(error, WorkerDied):
                self._watch.stay()
            if isinstance(error, NotBegun) and self._has_loop:
                here.append(batch)
                cut[at] = error
            elif isinstance(error, NotBegun):
                answer.failures[at] = Unsendable(str(error))
            elif isinstance(error, Exception) and self._may_try_again(batch.first):
                self._source.give_back(batch)
                cut[at] = error
            elif isinstance(error, KeyboardInterrupt):  # no failure of an item: someone wants an end of it all
                cut |= dict.fromkeys(range(at, len(answer.values)), error)
                stage.items -= len(cut)
                for piece in pieces(answer, cut):
                    yield from self._deliver(piece)
                raise error
        stage.items -= len(cut)
        stage.failures += len(answer.failures) - len(cut)
        for piece in pieces(answer, cut) if cut else (answer,):
            yield from self._deliver(piece)
        for batch in here:
            yield from self._run_here(batch, stage)

    def _deliver(self, answer: Answer) -> Iterator[Answer]:
        for ready in self._delivery.add(answer):
            begun_s = perf_counter()
            yield ready
            self._clock.leave_out(perf_counter() - begun_s)

    def _may_try_again(self, index: int) -> bool:
        tries = self._tries.pop(index, 0) + 1
        if tries > self._options.retries:
            return False
        self._tries[index] = tries
        return True

    def _open(self, plan: Plan, why: str) -> None:
        """Begin to start a crew, with no thread of ours beside this one."""
        self._prospects.clear()
        self._start(plan, why)
        if not self._has_loop:
            self._wait_for_crew(math.inf)

    def _start(self, plan: Plan, why: str) -> None:
        self._why = why
        self._heartbeat.tell("moving to %s ×%d: %s", plan.pool, plan.workers, why)
        self._crew = _crew(plan, self._task)
        try:
            self._crew.open()
        except CrewBroken as error:
            self._give_up(plan.pool, error)

    def _wait_for_crew(self, most_s: float) -> None:
        until_s = perf_counter() + most_s
        try:
            while not self._is_ready() and self._crew is not None and perf_counter() < until_s:
                self._crew.take(_LOOK_AT_START_S)
        except CrewBroken as error:
            self._give_up("processes" if self._crew is None else self._crew.pool, error)

    def _is_ready(self) -> bool:
        if self._crew is None:
            return False
        try:
            return self._crew.is_ready()
        except CrewBroken as error:
            self._give_up(self._crew.pool, error)
            return False

    def _give_up(self, pool: str, error: CrewBroken) -> None:
        """Go on without a crew that broke: what it had not begun is run elsewhere."""
        if not self._has_loop:
            raise error
        with suppress(CrewBroken):  # a heartbeat may have met with the same
            self._heartbeat.complain()
        log.warning("%s cannot be used: %s", pool, error)
        self._candidates.pass_over(pool, str(error))
        self._why = f"{pool} cannot be used: {error}"
        self._dealer.take_all_back()
        self.close()

    def _enter(self, pool: str, workers: int, at_s: float | None = None) -> Stage:
        at_s = self._clock.now_s if at_s is None else at_s
        stage = Stage(pool, workers, self._why, at_s, speedup=1.0 if pool == "serial" else None)
        self._clock.enter(stage)
        return stage


def _crew(plan: Plan, task: Task) -> Crew:
    if plan.pool == "asyncio":
        from whichpool.running.tasks import TaskCrew  # noqa: PLC0415 - asyncio is slow to import

        return TaskCrew(task, plan.workers)
    return ThreadCrew(task, plan.workers) if plan.pool == "threads" else ProcessCrew(task, plan.workers)
