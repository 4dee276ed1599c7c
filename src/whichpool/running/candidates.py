"""The pools that a job may still move to, and what it takes to send its items there."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from whichpool.running.account import JobReport
from whichpool.running.policy import Seen
from whichpool.running.safety import is_sure, why_not
from whichpool.running.sending import Sending, try_sending
from whichpool.running.source import Source
from whichpool.running.trial import could_change


class Candidates:
    """Begins with every pool that is allowed, and passes over those that turn out not to do.

    A pool is passed over for good where the function is not right in it, where results cannot be sent back, or where
    its workers could not be started; the report tells why.

    Attributes:
        pools: The names of the others, the simplest first; the plain loop is none of them.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        source: Source,
        pools: Iterable[str],
        report: JobReport,
        tell: Callable[..., None],
    ) -> None:
        """Begin with all.

        Args:
            function: What is called with every item.
            source: Where the items come from.
            pools: The names of the pools that are allowed.
            report: Is told which pools were passed over.
            tell: Logs a message, with the values that are put into it.
        """
        self.pools = [pool for pool in pools if pool != "serial"]
        self._function = function
        self._source = source
        self._report = report
        self._tell = tell
        self._sample: tuple[object, object] = (None, None)
        self._sendings: tuple[Sending, Sending] | None = None
        self._is_checked = self._is_tried = False

    def note(self, item: object, result: object) -> None:
        """Remember an item and its result, to try how they are sent."""
        self._sample = item, result

    def have_to_be_tried(self) -> bool:
        """Tell whether a call could change anything, as far as the last item tells, so that one is to be looked at."""
        return could_change(self._function, self._arguments) or not is_sure(self._function, self._arguments)

    @property
    def _arguments(self) -> tuple[object, ...]:
        item = self._sample[0]
        return item if type(item) is tuple else (item,)

    def pass_over(self, pool: str, why: str) -> None:
        """Leave a pool out from now on."""
        if pool in self.pools:
            self.pools.remove(pool)
            self._report.passed_over[pool] = why
            self._tell("%s not used: %s", pool, why)

    def check(self, *, forks: bool) -> None:
        """Find out once, and only when it is about to matter, where the function is right.

        Args:
            forks: Whether processes would be forked.
        """
        if self._is_checked:
            return
        self._is_checked = True
        for pool, why in why_not(self._function, self._arguments, forks=forks).items():
            self.pass_over(pool, why)

    def check_but_keep_some(self, *, forks: bool) -> None:
        """Find out where the function is right, for a job that has no loop to stay in: it has to run somewhere."""
        pools = list(self.pools)
        self.check(forks=forks)
        if not self.pools:
            self._tell("no pool that is allowed is right for the function, and it runs in one all the same")
            self.pools = pools

    def try_sending(self, *, forks: bool) -> None:
        """Find out once what sending an item to a process and its result back costs, and whether it can be done.

        Args:
            forks: Whether processes would be forked, which inherit items that are in memory.
        """
        if self._is_tried or "processes" not in self.pools:
            return
        self._is_tried = True
        argument, result = self._sample
        is_inherited = forks and self._source.sequence is not None
        tried = Sending() if is_inherited else try_sending(argument), try_sending(result)
        for what, sending in zip(("an argument", "a result"), tried, strict=True):
            if isinstance(sending, str):
                self.pass_over("processes", f"{what}, a {sending}")
                return
        argument_sending, result_sending = tried
        if isinstance(argument_sending, Sending) and isinstance(result_sending, Sending):
            self._sendings = argument_sending, result_sending

    def with_costs(self, seen: Seen) -> Seen:
        """Add what sending costs to what was seen, as far as it was tried."""
        if self._sendings is None:
            return seen
        argument, result = self._sendings
        return replace(
            seen,
            sending_s=argument.load_s + result.dump_s,
            caller_s=argument.dump_s + result.load_s,
            travel_bytes=argument.size_bytes + result.size_bytes,
        )
