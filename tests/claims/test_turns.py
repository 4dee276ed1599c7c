from whichpool.claims.turns import take_turns


def test_every_round_tries_every_condition_once_and_the_first_round_does_not_count() -> None:
    tried: list[str] = []

    def trying(name: str) -> float:
        tried.append(name)
        return len(tried)

    names = ("first", "second", "third")
    samples = take_turns({name: lambda name=name: trying(name) for name in names}, rounds=4, box_s=60)  # type: ignore[misc]
    assert [sorted(tried[at : at + 3]) for at in range(0, 15, 3)] == [sorted(names)] * 5
    assert [min(at) for at in zip(*samples.values(), strict=True)] == [4, 7, 10, 13]


def test_a_spent_box_ends_the_rounds_but_leaves_one_that_counts() -> None:
    assert take_turns({"only": lambda: 1.0}, rounds=4, box_s=0) == {"only": [1.0]}
