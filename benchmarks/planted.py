"""Planted tasks: synthetic sequences of noise, each genre hidden in them in one known way.

Every generator gives three parts, of which a head learns from the first two. Genres are independent; each has columns
of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from classifier.heads.base import Examples
from classifier.ragged import Ragged

DIM, N_GENRES = 16, 3
SIZES = (500, 150, 700)
N_TELLING = 3
SPIKE, OFFSET = 6.0, 0.7
BLOCK = 3  # frames that an event lasts in the task `order`

Floats = NDArray[np.float32]
Plant = Callable[[Floats, int, bool, np.random.Generator], NDArray[np.int64]]
Plants = tuple[tuple[Plant, int], ...]  # one a genre, and which columns are its own


@dataclass(frozen=True)
class Task:
    """`telling` are the planted seconds of each test sequence and genre, empty where nothing was planted."""

    train: Examples
    validation: Examples
    test: Examples
    telling: dict[tuple[int, int], NDArray[np.int64]] = field(default_factory=dict)


def rare(seed: int = 0) -> Task:
    """Three seconds of about sixty stand out where the genre is; elsewhere all seconds share the same sum."""
    return _task(_of_all(_plant_rare), seed, frames=(50, 61))


def order(seed: int = 0) -> Task:
    """A before B is the genre, B before A is not: as bags of seconds, or of pairs of neighbours, both are the same."""
    return _task(_of_all(_plant_order), seed, frames=(40, 41))


def adjacent(seed: int = 0) -> Task:
    """A immediately followed by B is the genre; A and B apart are not."""
    return _task(_of_all(_plant_adjacent), seed, frames=(40, 51))


def pace(seed: int = 0) -> Task:
    """The genre changes every second, its absence every fifth; both show the same seconds, as often."""
    return _task(_of_all(_plant_pace), seed, frames=(40, 41))


def null(seed: int = 0) -> Task:
    """Labels independent of the frames."""
    return _task(_of_all(_plant_nothing), seed, frames=(4, 9), sizes=(200, 100, 1500))


def mean(seed: int = 0) -> Task:
    """A shift of every second, which logistic regression fits best."""
    return _task(_of_all(_plant_mean), seed, frames=(10, 21), sizes=(900, 200, 700))


def shuffled(examples: Examples, seed: int = 0) -> Examples:
    """Return the same sequences with their seconds in a random order."""
    random = np.random.default_rng(seed)
    return Examples(
        Ragged.from_sequences([random.permutation(sequence) for sequence in examples.X]), examples.y, examples.known
    )


def mixed(seed: int = 0) -> Task:
    """Four genres, of `rare`, `order`, `adjacent` and `pace` one each, in 560 trailers to learn from."""
    plants = ((_plant_rare, 0), (_plant_order, 1), (_plant_adjacent, 2), (_plant_pace, 2))  # columns 0, 2-3, 4-5, 8-11
    return _task(plants, seed, frames=(40, 41), sizes=(448, 112, 700))


def _of_all(plant: Plant) -> Plants:
    return tuple((plant, genre) for genre in range(N_GENRES))


def _task(plants: Plants, seed: int, *, frames: tuple[int, int], sizes: tuple[int, ...] = SIZES) -> Task:
    random = np.random.default_rng(seed)
    parts: list[Examples] = []
    telling: dict[tuple[int, int], NDArray[np.int64]] = {}
    for size in sizes:
        y = random.random((size, len(plants))) < 0.5
        sequences = []
        for row in range(size):
            sequence = random.normal(size=(random.integers(*frames), DIM)).astype(np.float32)
            for genre, (plant, place) in enumerate(plants):
                telling[row, genre] = plant(sequence, place, bool(y[row, genre]), random)
            sequences.append(sequence)
        parts.append(Examples(Ragged.from_sequences(sequences), y, np.ones_like(y)))
    train, validation, test = parts
    return Task(train, validation, test, telling)  # those of the test part, made last


def _plant_rare(frames: Floats, genre: int, has: bool, random: np.random.Generator) -> NDArray[np.int64]:
    frames[:, genre] += random.normal(0, OFFSET)  # without it, the level of all other seconds would tell the genre
    if not has:
        frames[:, genre] += SPIKE * N_TELLING / len(frames)
        return np.empty(0, np.int64)
    places = random.choice(len(frames), N_TELLING, replace=False)
    frames[places, genre] += SPIKE
    return places


def _plant_order(frames: Floats, genre: int, has: bool, random: np.random.Generator) -> NDArray[np.int64]:
    half = len(frames) // 2
    places = np.array([random.integers(1, half - BLOCK), random.integers(half + 1, len(frames) - BLOCK)])
    for place, column in zip(places, (0, 1) if has else (1, 0), strict=True):
        frames[place : place + BLOCK, 2 * genre + column] += 4.0
    return places


def _plant_adjacent(frames: Floats, genre: int, has: bool, random: np.random.Generator) -> NDArray[np.int64]:
    first = int(random.integers(0, len(frames) // 2 - 8))
    second = first + 1 if has else int(random.integers(first + 8, len(frames)))
    if random.random() < 0.5 and not has:
        first, second = second, first
    frames[first, 2 * genre] += 5.0
    frames[second, 2 * genre + 1] += 5.0
    return np.array([first, second])


def _plant_pace(frames: Floats, genre: int, has: bool, random: np.random.Generator) -> NDArray[np.int64]:
    """Twenty seconds of +1 and twenty of -1, one by one or in stretches of five; columns 4 * genre to + 3."""
    hold = 1 if has else 5
    signs = np.repeat(np.tile([1.0, -1.0], len(frames) // hold // 2), hold)
    frames[:, 4 * genre : 4 * genre + 4] += signs[:, None] * random.choice([-1.0, 1.0], 4)
    return np.empty(0, np.int64)


def _plant_mean(frames: Floats, genre: int, has: bool, random: np.random.Generator) -> NDArray[np.int64]:
    frames[:, genre] += 0.5 if has else 0.0
    return np.empty(0, np.int64)


def _plant_nothing(frames: Floats, genre: int, has: bool, random: np.random.Generator) -> NDArray[np.int64]:
    return np.empty(0, np.int64)


TASKS: dict[str, Callable[[int], Task]] = {
    "mean": mean,
    "rare": rare,
    "order": order,
    "adjacent": adjacent,
    "pace": pace,
    "null": null,
}
