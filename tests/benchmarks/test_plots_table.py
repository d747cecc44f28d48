"""The plots' benchmark: what is held out stays held out when other plots are added to learn from."""

import numpy as np

from benchmarks.plots import widen
from classifier.data.dataset import Dataset
from classifier.data.split import Split
from classifier.ragged import Ragged


def make_data(*rows: tuple[str, str, str]) -> Dataset:
    """Return rows of one word with these ids, groups and digests."""
    ids, groups, digests = zip(*rows, strict=True)
    Y = np.zeros((len(rows), 1), dtype=np.bool_)
    X = Ragged.singles(np.ones((len(rows), 1), dtype=np.float32))
    return Dataset(X=X, Y=Y, known=~Y, genres=("War",), ids=ids, groups=groups, digests=digests, features_id="words-r1")


def test_added_plots_only_train_and_none_is_of_a_held_out_film_franchise_or_text() -> None:
    data = make_data(("1", "alien", "a"), ("2", "annie", "b"), ("3", "casino", "c"))
    more = make_data(
        *(("1", "alien", "a"), ("2", "annie", "b"), ("3", "casino", "c")),
        *(("4", "alien", "d"), ("5", "annie", "e"), ("6", "remake", "c"), ("7", "other", "f"), ("8", "alien", "c")),
    )
    split = Split(0, data.sha256, {"1": "train", "2": "validation", "3": "test"})
    wider = widen(split, data, more)
    assert wider.parts == {"1": "train", "2": "validation", "3": "test", "4": "train", "7": "train"}
