"""Randomness: whose generator, and who seeds it."""

import random
import secrets
import uuid

import numpy as np

GENERATOR = random.Random(42)
DECK = list(range(52))


# label: hazard random-generator state-changed race | items: range(3)
def roll(sides):
    return GENERATOR.randrange(sides + 1)


# label: hazard random-state | items: range(3)
def noise(size):
    return np.random.rand(size + 1).tolist()


# label: hazard random-state | items: range(3)
def seeded_sample(number):
    random.seed(number)
    return [random.random() for _ in range(3)]


# label: clean | items: range(3)
def own_generator(seed):
    return random.Random(seed).random()


# label: clean | items: range(3)
def own_numpy_generator(seed):
    return np.random.default_rng(seed).normal(size=3).tolist()


# label: clean | items: [100, 200]
def estimate_pi(tries):
    inside = sum(random.random() ** 2 + random.random() ** 2 < 1 for _ in range(tries))
    return 4 * inside / tries


# label: hazard state-changed state-changed-in-trial race | items: range(3)
def deal(cards):
    random.shuffle(DECK)
    return DECK[:cards]


# label: clean | items: range(3)
def shuffled(size):
    deck = list(range(size))
    random.shuffle(deck)
    return len(deck)


# label: clean | items: range(3)
def token(length):
    return len(secrets.token_hex(length)) + len(str(uuid.uuid4()))
