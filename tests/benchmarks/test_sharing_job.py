import numpy as np
import pytest
import sharing_job
from sharing_job import CALLS, WAYS


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_sharing_the_array_makes_the_same_calls(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing_job, "_PART", 3)
    array = np.arange(3.0 * CALLS)
    function, iterables = WAYS[way](array)
    assert sum(map(function, *iterables)) == array.sum()
