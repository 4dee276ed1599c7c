"""Lets a thread of ours do something while the caller is at an item that takes long.

Heartbeat scheduling (Acar, Charguéraud, Guatto, Rainey and Sieczkowski, PLDI 2018) has its name from this: at a beat,
what runs one after the other may be promoted to run side by side, in the midst of an item.
"""

import logging
import os
from _thread import RLock
from collections.abc import Callable
from contextvars import Context, copy_context

log = logging.getLogger("whichpool")


class Heartbeat:
    """Lets an action happen while the caller is at items, and at no other time.

    Whoever beats holds a lock while it acts, and the caller comes back by way of that lock: so the two share what they
    work on without another one. A beat that finds the caller there does nothing.
    """

    def __init__(self) -> None:
        """Begin with the caller there."""
        # one that the caller may take twice: Python 3.14 lets an interrupt come between taking a lock and the block
        # that would release it
        self._acting = RLock()
        self._is_acting = False
        self._act: Callable[[], None] | None = None
        self._context: Context
        self._error: BaseException | None = None
        self._untold: list[tuple[object, ...]] = []
        self._pid = 0

    def leave(self, act: Callable[[], None]) -> None:
        """Go away, to an item.

        Args:
            act: What is done at a beat, with the caller's context variables, and in whatever thread beats.
        """
        self._context = copy_context()
        self._pid = os.getpid()
        self._act = act

    def come_back(self) -> None:
        """Come back, when an action that has begun is over; where that is interrupted, it may be done again."""
        self._act = None  # from now on none begins, also where waiting is interrupted
        if self._pid == os.getpid():  # in a fork by the item nobody acts, though the lock may look as if
            with self._acting:
                pass
            while self._untold:
                self._log(*self._untold.pop(0))

    def complain(self) -> None:
        """Raise what an action raised, in the caller; there is no action between the two."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def tell(self, message: str, *values: object) -> None:
        """Log what happens; what an action tells is logged when the caller is back.

        A handler may wait for what the caller holds while it is at its item. And logging in a thread that threading
        did not start would have threading count it for good.
        """
        if self._is_acting:
            self._untold.append((message, *values))
        else:
            self._log(message, *values)

    @staticmethod
    def _log(message: object, *values: object) -> None:
        log.info(message, *values)

    def beat(self) -> None:
        """Act, if the caller is away and nobody else acts."""
        if not self._acting.acquire(blocking=False):
            return
        try:
            self._is_acting = True
            act = self._act
            if act is not None and self._error is None:
                self._context.run(act)
        except BaseException as error:  # it is the caller's to raise
            self._error = error
        finally:
            self._is_acting = False
            self._acting.release()
