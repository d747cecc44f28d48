"""The layout of the map: any number of trailers, the same each time, and what is alike stays together."""

import numpy as np
import pytest
from numpy.typing import NDArray

from worker.predicting import map_layout
from worker.predicting.map_layout import Projection, lay_out, pick_evenly


def draw(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    return lay_out(Projection.fit(vectors).project(vectors))


def clusters(n: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return vectors around two directions, and around which each is."""
    random, which = np.random.default_rng(1), np.arange(n) % 2
    centres = random.gamma(0.5, 0.8, (2, 64))
    return (centres[which] + random.normal(0, 0.15, (n, 64))).astype(np.float32), which


def share_of_own(places: NDArray[np.float64], which: NDArray[np.int64]) -> float:
    """Return the share of the five nearest neighbours that are of the same cluster."""
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((which[np.argsort(distances, axis=1)[:, :5]] == which[:, None]).mean())


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_few_trailers_have_places_within_the_map(n: int) -> None:
    places = draw(np.random.default_rng(n).gamma(0.5, 0.8, (n, 64)).astype(np.float32))
    assert places.shape == (n, 2)
    assert ((places >= 0) & (places <= 1)).all()
    assert len({tuple(place) for place in places.round(4)}) == n


def test_no_trailers_are_an_empty_map() -> None:
    assert lay_out(np.empty((0, 1))).shape == (0, 2)


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_trailers_that_are_all_the_same_lie_in_the_middle(n: int, value: float) -> None:
    assert draw(np.full((n, 64), value, np.float32)) == pytest.approx(0.5)


def test_the_same_library_gives_the_same_map() -> None:
    vectors, _ = clusters(40)
    assert np.array_equal(draw(vectors), draw(vectors))


def test_what_is_alike_stays_together() -> None:
    vectors, which = clusters(60)
    assert share_of_own(draw(vectors), which) > 0.95


@pytest.mark.parametrize("n", [40, 41, 90])
def test_those_beyond_the_sample_lie_among_their_neighbours(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_layout, "N_SAMPLE", 40)
    monkeypatch.setattr(map_layout, "AT_ONCE", 16)
    vectors, which = clusters(n)
    places = draw(vectors)
    assert (len(pick_evenly(n)), len({tuple(place) for place in places})) == (40, n)
    assert share_of_own(places, which) > 0.95
