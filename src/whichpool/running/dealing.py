"""Dealing a job's items to a crew, and keeping account of those that are out."""

from whichpool.running.crew import Answer, Batch, Crew
from whichpool.running.delivery import AsTheyCome, InOrder
from whichpool.running.options import Options
from whichpool.running.outstanding import Outstanding
from whichpool.running.policy import batch_size, most_under_way
from whichpool.running.source import Source
from whichpool.running.weight import weight_bytes

_SLOW_PULL_S = 1e-3


class Dealer:
    """Gives a crew as many batches as it has room for, first what has to be done again.

    Attributes:
        outstanding: The items that the crew has and has not answered.
        again: What has to be run again, or was taken back from a crew that broke.
    """

    def __init__(self, source: Source, delivery: InOrder | AsTheyCome, options: Options) -> None:
        """Begin with nothing dealt."""
        self.outstanding = Outstanding()
        self.again: list[Batch] = []
        self._source = source
        self._delivery = delivery
        self._options = options
        self._weighed, self._weigh_at = 0, 1
        self._result_bytes = 0.0

    @property
    def has_all(self) -> bool:
        """Whether nothing is left to deal."""
        return self._source.is_exhausted and not self.again

    @property
    def is_over(self) -> bool:
        """Whether every item has been answered."""
        return self.has_all and not self.outstanding.items

    def draw(self, size: int) -> Batch | None:
        """Draw further items from the source; None where there are no more."""
        items = self._source.pull(size)
        return Batch(self._source.pulled - len(items), items) if items else None

    def weigh(self, answer: Answer) -> None:
        """Find out, each time that twice as many have come, how much memory a result takes, to limit what waits."""
        self._weighed += len(answer.values)
        if self._weighed >= self._weigh_at and answer.values:
            self._weigh_at = 2 * self._weighed
            self._result_bytes = max(self._result_bytes, weight_bytes(answer.values[-1]))

    def feed(self, crew: Crew, item_s: float, item_bytes: float = 0.0, *, only_again: bool = False) -> bool:
        """Give the crew as many batches as it has room for.

        Args:
            crew: Who gets them.
            item_s: How long an item keeps a worker busy.
            item_bytes: How much travels for it, to the worker and back.
            only_again: Whether no further items are to be drawn.

        Returns:
            Whether it could take more, but the iterator was so slow that answers may have come meanwhile.
        """
        while crew.room() > 0:
            if self.again:
                batch = self.again.pop()
            elif only_again:
                return False
            else:
                size = self._next_size(crew, item_s, item_bytes)
                drawn = self.draw(size) if size else None
                if drawn is None:
                    if self._source.is_exhausted:
                        crew.run_out()
                    return False
                batch = drawn
            self.outstanding.give(batch)
            crew.give(batch)
            if self._source.last_pull_s > _SLOW_PULL_S:
                return True
        return False

    def _next_size(self, crew: Crew, item_s: float, item_bytes: float) -> int:
        room = (
            most_under_way(crew.workers, max(item_bytes, self._result_bytes))
            - self.outstanding.items
            - self._delivery.held
        )
        if room <= 0:
            return 0
        if self._options.timeout is not None and crew.pool == "threads":
            return 1  # an item that is late is given up together with its batch
        if self._options.chunksize is not None:
            return self._options.chunksize
        left = self._source.remaining
        return batch_size(crew.pool, crew.workers, item_s=item_s, item_bytes=item_bytes, left=left, room=room)
