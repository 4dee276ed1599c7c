"""Random numbers: whether pools draw the same ones, or others on each run, hangs on who seeds the shared generator."""

import pytest

from tests.hazards.seeing import found, pools, subjects
from whichpool.hazards.randomness import find_random_state
from whichpool.values.hazards import APART, IMPORTED, THREADED, Hazard, PoolKind

EVERYWHERE = {*THREADED, *APART}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("import numpy as np\ndef work(n):\n    return np.random.rand(n)", {PoolKind.FORK}),
        ("from numpy.random import rand\ndef work(n):\n    return rand(n)", {PoolKind.FORK}),
        ("from scipy import stats\ndef work(n):\n    return stats.norm.rvs(size=n)", {PoolKind.FORK}),
        ("import torch\ndef work(n):\n    return torch.randn(n)", {PoolKind.FORK}),
        ("import numpy as np\nnp.random.seed(1)\ndef work(n):\n    return np.random.rand(n)", EVERYWHERE),
        ("import random\nrandom.seed(1)\ndef work(n):\n    return random.random()", EVERYWHERE),
        ("import random\ndef work(n):\n    random.seed(n)\n    return random.random()", {*THREADED}),
        ("import random\ndef work(n):\n    return random.random()\ndef main():\n    random.seed(1)", EVERYWHERE),
    ],
)
def test_each_pool_is_told_what_it_makes_of_the_shared_generator(text: str, kinds: set[PoolKind]) -> None:
    assert pools(find_random_state, text) == kinds


def test_a_seed_on_import_and_one_in_the_main_program_do_different_harm_to_spawned_workers() -> None:
    draws = "import random\ndef work(n):\n    return random.random()\n"
    (on_import,) = found(find_random_state, draws + "random.seed(1)")
    (in_main,) = found(find_random_state, draws + "if __name__ == '__main__':\n    random.seed(1)")
    for kind in IMPORTED:
        assert "same numbers" in on_import.effects[kind]
        assert "knows nothing of the seed" in in_main.effects[kind]


def test_unseeded_random_numbers_are_a_mere_note() -> None:
    (finding,) = found(find_random_state, "import random\ndef work(n):\n    return random.random() * n")
    assert (finding.hazard, finding.subject, finding.effects) == (Hazard.RANDOM_STATE, "random", {})


def test_draws_in_several_lines_are_one_finding() -> None:
    (finding,) = found(
        find_random_state, "import random\ndef work(n):\n    random.shuffle(n)\n    return random.choice(n)"
    )
    assert [spot.line for spot in finding.spots] == [3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "import random\ndef work(n):\n    return random.Random(n).random()",
        "import numpy as np\ndef work(seed):\n    own = np.random.default_rng(seed)\n    return own.normal()",
        "import secrets, os, uuid\ndef work(n):\n    return secrets.token_hex(n), os.urandom(n), uuid.uuid4()",
        "import random\ndef work(n):\n    return random.SystemRandom().random()",
        "import numpy as np\ndef work(n):\n    np.random.seed()\n    return np.random.rand(n)",
        "from scipy import stats\ndef work(n):\n    return stats.norm.rvs(size=n, random_state=n)",
        """
        import numpy as np, os
        def prepare():
            np.random.seed(os.getpid())
        def work(n):
            return np.random.rand(n)
        def main():
            Pool(2, initializer=prepare).map(work, [1])
        """,
    ],
)
def test_generators_of_the_call_s_own_and_workers_that_are_seeded_are_no_hazard(text: str) -> None:
    assert subjects(find_random_state, text) == []


def test_a_seed_in_a_function_that_has_nothing_to_do_with_the_call_is_no_hazard() -> None:
    text = "import random\ndef work(n):\n    return random.random()\ndef other(seed):\n    random.seed(seed)"
    assert subjects(find_random_state, text) == []


def test_a_seed_in_a_function_that_the_program_begins_with_is_a_hazard() -> None:
    text = "import random\ndef work(n):\n    return random.random()\ndef start():\n    random.seed(1)\nstart()"
    assert subjects(find_random_state, text) == ["random"]
