"""Linear algebra with NumPy: where random walks over 700 places are after 256 steps.

Most of the time goes to products of matrices, which NumPy leaves to a BLAS library, and that has threads of its own.
"""

import numpy as np

_PLACES, _STEPS = 700, 256

ITEMS = list(range(20))


def likeliest(seed: int) -> int:
    """Draw the chances of going from each place to each other, and find where a walk from place 0 most likely is."""
    chances = np.random.default_rng(seed).random((_PLACES, _PLACES))
    chances /= chances.sum(axis=1, keepdims=True)
    return int(np.linalg.matrix_power(chances, _STEPS)[0].argmax())
