"""Expected metrics of trivial baselines, which look at nothing: a model's are to be read beside them.

They follow from the genres' shares p alone, assuming that the test films have the same shares: a constant ranking has
average precision p for each genre, the precision of chance, and area under ROC 0.5; the commonest genre is right with
its share; of the three commonest, the mean of their shares is right; a constant probability p has the Brier score
p(1 - p); naming all genres has F1 2p / (1 + p).
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from classifier.artefact import unpack
from classifier.errors import UnsafeModel
from classifier.manifest import decode_manifest
from db.errors import StoreError
from db.store import Store

CONSTANT, EVERYTHING = "shares alone", "all genres"


def expected_metrics(shares: Sequence[float]) -> dict[str, Mapping[str, float]]:
    """Return the expected metrics of two trivial baselines, by their names; none without shares."""
    if not shares:
        return {}
    first = sorted(shares, reverse=True)
    constant = {
        "macro_ap": fmean(shares),
        "macro_auc": 0.5,
        "hit_at_1": first[0],
        "precision_at_3": fmean(first[:3]),
        "ece": 0.0,
        "macro_ece": 0.0,
        "brier": fmean([share * (1 - share) for share in shares]),
    }
    return {CONSTANT: constant, EVERYTHING: {"macro_f1": fmean([2 * share / (1 + share) for share in shares])}}


def read_genre_shares(store: Store, model_id: str) -> tuple[float, ...]:
    """Return the genres' shares among a model's training rows; none where its file can't be read."""
    try:
        manifest, _ = decode_manifest(unpack(store.models.artefact(model_id))["manifest.json"])
    except (StoreError, UnsafeModel, KeyError):
        return ()
    return manifest.priors
