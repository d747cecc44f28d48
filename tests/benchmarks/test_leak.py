"""The leak fixture: real captions show what a split at random would have us believe, and that ours doesn't."""

from pathlib import Path

import pytest

from benchmarks.leak import measure, read_captions


@pytest.mark.shared_data
def test_a_split_by_film_takes_away_what_a_random_split_had_leaked(shared_data: Path) -> None:
    captions = read_captions(shared_data / "films" / "captions.csv")
    assert (len(captions.texts), len(set(captions.films))) == (26_982, 2_876)
    found = measure(captions)
    assert found.random == pytest.approx(0.77, abs=0.03)
    assert found.grouped == pytest.approx(0.43, abs=0.04)
    assert found.random - found.grouped > 0.25
    assert found.grouped > captions.labels.mean() + 0.1  # and there is something left to learn
