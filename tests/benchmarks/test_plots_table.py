"""The plots' benchmark: what is held out stays held out when other plots are added to learn from."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.plots import widen
from benchmarks.text_folds import Learner, print_folds
from classifier.data.dataset import Dataset
from classifier.data.split import Split
from classifier.heads.tfidf import TfIdf
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


def test_a_film_is_tested_by_what_has_learnt_from_films_of_other_groups(capsys: pytest.CaptureFixture[str]) -> None:
    data = make_data(*((f"{row}", f"group {row // 2}", f"{row}") for row in range(200)))
    has = np.random.default_rng(0).random(100).repeat(2)[:, np.newaxis] < 0.5
    data = replace(data, Y=has, known=np.ones_like(has))
    of_group, telling = np.arange(200) // 2 + 10.0, has[:, 0] + 1.0
    learners = [
        Learner(name, rows, rows, TfIdf(sizes=(300,), penalties=(1.0,)))
        for name, words in (("words", of_group), ("title", telling))
        for rows in [replace(data, X=Ragged.singles(words[:, np.newaxis].astype(np.float32)))]
    ]
    print_folds(learners, {"words": 0.1, "title": 1.0, "sentence": 1.0})
    lines = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[3:]]
    assert [line[0] for line in lines] == ["| words", "| title", "| words and title"]
    assert float(lines[0][2]) < 0.7  # about the share: a group's word was never learnt from
    assert [float(line[2]) for line in lines[1:]] == [1, 1]
    assert all(len(line[4].split()) == 5 for line in lines)
