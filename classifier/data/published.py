"""Published splits: the parts that the makers of a data set put its rows in, by one split or several.

A row's word is a part (`train`, `valid`, `test` and other names of the three), or, of several splits, one for each
after its name: `0:train 1:valid 2:test`.
"""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from classifier.data.dataset import LabelledRows
from classifier.data.split import Part, Rows, Split
from classifier.errors import BadTrainingData

WORDS: Mapping[str, Part] = {
    **dict.fromkeys(("train", "trn", "training"), "train"),
    **dict.fromkeys(("valid", "val", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "tst", "testing"), "test"),
}


def with_published(data: Rows) -> Rows:
    """Return the rows with a part in each published split; raises BadTrainingData where there are none.

    Of data sets that are split in several ways, those of the most rows stay.
    """
    names = [tuple(_read_parts(word)) for word in data.published]
    ((splits, _),) = Counter(filter(None, names)).most_common(1) or [((), 0)]
    if not splits:
        raise BadTrainingData(
            "none of the rows has a published split: import the data set with its split (trailers import --help), or "
            "give a table with a column split (train, valid, test)"
        )
    return data.rows(np.array([its == splits for its in names], dtype=np.bool_))


def published_splits(data: LabelledRows, *, seed: int) -> dict[str, Split]:
    """Return the published splits of rows that all have one, by name: "split 0", "split 1", or one by name ""."""
    rows = [_read_parts(word) for word in data.published]
    return {
        f"split {name}" if name else "": Split(
            seed, data.sha256, {row: parts[name] for row, parts in zip(data.ids, rows, strict=True)}
        )
        for name in rows[0]
    }


def _read_parts(text: str) -> dict[str, Part]:
    """Return the part in each split that a row's words name, by the split's name."""
    found = (word.rpartition(":") for word in text.casefold().split())
    return {name: WORDS[part] for name, _, part in found if part in WORDS}
