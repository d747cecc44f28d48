"""Contributions: what each modality of a film adds to the log-odds of its genres."""

from collections import Counter
from collections.abc import Callable, Mapping

from classifier.arrays import Floats, Vectors
from classifier.evaluation.calibration import Calibration
from classifier.joins.base import Join
from classifier.joins.late import Late
from classifier.ragged import Ragged

Seen = Mapping[str, Vectors]


def contribute(
    join: Join,
    seen: Seen,
    *,
    branches: Mapping[str, str],
    calibration: Calibration,
    base: Floats,
    log_odds: Callable[[Seen], Floats],
) -> dict[str, Floats]:
    """Return what each of a film's views adds to its calibrated log-odds, (genres,) each.

    For a late join, and for one view alone, that is exact: with `base`, the log-odds of the genres' shares, they sum
    to the log-odds. What belongs to no view, the calibration's intercept less `base`, is divided by the weights of
    the modalities, so that one whose own log-odds are those of the shares adds nothing. For any other join it is what
    leaving the view out takes away from `log_odds`, which need not sum to anything.

    `branches` are the join's modalities that read the views; two views of one, as a trailer's seconds and a poster
    read alike, count half each.
    """
    if isinstance(join, Late) and seen:
        return _split(join, seen, branches=branches, calibration=calibration, base=base)
    rest = {name: {other: seen[other] for other in seen if other != name} for name in seen}
    return {name: log_odds(seen) - (log_odds(others) if others else base) for name, others in rest.items()}


def _split(
    join: Late, seen: Seen, *, branches: Mapping[str, str], calibration: Calibration, base: Floats
) -> dict[str, Floats]:
    n_views = Counter(branches.values())
    among = tuple(name for name in join.modalities if name in n_views)
    weights = join.weights(among)
    whole = sum(weights[name] for name in among)
    found = {}
    for name, vectors in seen.items():
        branch = branches[name]
        logits = join.member_logits(branch, Ragged.from_sequences([vectors]))
        own = calibration.slope * join.part(branch, logits, among=among)[0]
        share = weights[branch] / whole if whole else 1 / len(among)
        found[name] = (own + share * (calibration.intercept - base)) / n_views[branch]
    return found
