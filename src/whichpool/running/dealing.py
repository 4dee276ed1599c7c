"""Dealing a job's items to a crew, and keeping account of those that are out."""

from whichpool.running.crew import Answer, Crew
from whichpool.running.delivery import AsTheyCome, InOrder
from whichpool.running.options import Options
from whichpool.running.outstanding import Outstanding
from whichpool.running.policy import batch_size, most_under_way
from whichpool.running.source import Source
from whichpool.running.weight import weight_bytes

_SLOW_PULL_S = 1e-3


class Dealer:
    """Gives a crew as many batches as it has room for.

    Attributes:
        outstanding: The items that the crew has and has not answered.
    """

    def __init__(self, source: Source, delivery: InOrder | AsTheyCome, options: Options) -> None:
        """Begin with nothing dealt."""
        self.outstanding = Outstanding()
        self._source = source
        self._delivery = delivery
        self._options = options
        self._weighed, self._weigh_at = 0, 1
        self._result_bytes = 0.0

    @property
    def is_over(self) -> bool:
        """Whether every item has been answered."""
        return self._source.is_exhausted and not self.outstanding.items

    def _weigh(self, answer: Answer) -> None:
        """Find out, each time that twice as many have come, how much memory a result takes, to limit what waits."""
        self._weighed += len(answer.values)
        if self._weighed >= self._weigh_at and answer.values:
            self._weigh_at = 2 * self._weighed
            self._result_bytes = max(self._result_bytes, weight_bytes(answer.values[-1]))

    def feed(self, crew: Crew, item_s: float, item_bytes: float = 0.0) -> bool:
        """Give the crew as many batches as it has room for.

        Args:
            crew: Who gets them.
            item_s: How long an item keeps a worker busy.
            item_bytes: How much travels for it, to the worker and back.

        Returns:
            Whether it could take more, but the iterator was so slow that answers may have come meanwhile.
        """
        while crew.room() > 0:
            size = self._next_size(crew, item_s, item_bytes)
            if size <= 0:
                return False
            batch = self._source.pull(size)
            if not batch.items:
                crew.run_out()
                return False
            self.outstanding.give(batch)
            crew.give(batch)
            if self._source.last_pull_s > _SLOW_PULL_S:
                return True
        return False

    def take(self, crew: Crew, wait_s: float) -> list[Answer]:
        """Take answers, and back what workers were given and will not begin; waits for one of them, for so long."""
        answers = crew.take(wait_s)
        for answer in answers:
            self._weigh(answer)
        for batch in crew.take_back():
            self.outstanding.strike_out(batch.first, len(batch.items))
            self._source.give_back(batch)
        return answers

    def take_all_back(self) -> None:
        """Take back all that a crew was given that cannot answer any more."""
        for batch in self.outstanding.strike_out_all():
            self._source.give_back(batch)

    def _next_size(self, crew: Crew, item_s: float, item_bytes: float) -> int:
        room = (
            most_under_way(crew.workers, max(item_bytes, self._result_bytes))
            - self.outstanding.items
            - self._delivery.held
        )
        if self._source.has_returned:  # others wait for these, which may be what keeps the room
            room = max(1, room)
        if room <= 0:
            return 0
        if self._options.timeout is not None and crew.pool == "threads":
            return 1  # an item that is late is given up together with its batch
        if self._options.chunksize is not None:
            return self._options.chunksize
        left = self._source.remaining
        return batch_size(crew.pool, crew.workers, item_s=item_s, item_bytes=item_bytes, left=left, room=room)
