"""Text statistics: count the words and the pairs of words of chapters, and keep the most frequent.

Splitting and counting are native code that holds the GIL; the texts are sent whole and only little comes back.
"""

import random
from collections import Counter
from itertools import pairwise, product

_SYLLABLES = ["ka", "lo", "mi", "ner", "pu", "sta", "ve", "zor"]
_VOCABULARY = ["".join(syllables) for syllables in product(_SYLLABLES, repeat=3)]


def _chapter(seed: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choices(_VOCABULARY, k=800) * 50)


ITEMS = [_chapter(seed) for seed in range(90)]


def frequent(chapter: str) -> list[tuple[str, int]]:
    """List the ten most frequent words and the ten most frequent pairs of a chapter."""
    words = chapter.split()
    pairs = Counter(f"{first} {second}" for first, second in pairwise(words))
    return Counter(words).most_common(10) + pairs.most_common(10)
