"""What goes out to worker processes: the task, the items, and what many items share, which goes out once."""

from __future__ import annotations

import os
import pickle
from copy import copy

from whichpool.errors import CrewBroken
from whichpool.pools.sharing import Shares
from whichpool.running.workers import world
from whichpool.running.workers.line import Packed, pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from whichpool.running.crew import Task


class Outgoing:
    """Packs what workers are sent.

    Attributes:
        shared: What every worker must hold before it is sent more items, by the keys that these refer to it with.
    """

    def __init__(self, task: Task) -> None:
        """Begin with workers that are forked, and have the task."""
        self.shared: dict[str, Packed] = {}
        self._task = task
        self._packed_task: Packed | None = None
        self._dumps: Callable[..., bytes] = pickle.dumps
        self._shares = Shares(os.urandom(8).hex(), self.pack)

    @property
    def goes_by_value(self) -> bool:
        """Whether workers were started anew, which know nothing of the main program but what they are sent."""
        return self._packed_task is not None

    def task(self) -> Packed:
        """Pack the task by value, with the world around it; from then on items go by value as well.

        Raises:
            CrewBroken: It cannot be pickled.
        """
        if self._packed_task is None:
            import cloudpickle  # noqa: PLC0415 - slow to import, and seldom needed

            self._dumps = cloudpickle.dumps
            bare = copy(self._task)
            bare.source = None
            try:
                self._packed_task = self.pack((bare, world.taken()))
            except Exception as error:
                message = f"the function cannot be pickled, not even by value ({type(error).__name__}: {error})"
                raise CrewBroken(message) from None
        return self._packed_task

    def refer(self, items: Sequence[Any]) -> tuple[Sequence[Any], dict[str, Packed]]:
        """Put references in the place of large arguments that come again and again.

        Returns:
            The items to pack, and what every worker has to be sent before them.
        """
        (referring,), new = self._shares.refer([items])
        self.shared |= new
        return referring, new

    def pack(self, value: object) -> Packed:
        """Pack something as the workers can take it.

        Raises:
            Exception: Whatever pickling it raises.
        """
        return pack(value, self._dumps)

    def release(self) -> None:
        """Let go of the segments; whoever was sent them keeps them."""
        for packed in (*self.shared.values(), *filter(None, [self._packed_task])):
            packed.release()
