"""The map of the library: when it is due, and drawing it from the stored features of all trailers."""

import logging
from collections.abc import Iterator

import numpy as np

from db.fields import now
from db.library_map import DrawnMap
from db.store import Store
from worker.predicting.map_layout import N_SAMPLE, Points, Projection, Vectors, lay_out

CLAIM_S = 900.0  # 100,000 trailers take a minute or two; after a drawer that was killed, the next waits so long
CHANGE = 0.1  # of the trailers: as many as have come or gone since make a new map due
AT_ONCE = 1024  # vectors in memory at a time: 8 MB
log = logging.getLogger("trailers")


def is_due(store: Store, features_id: str) -> bool:
    """Tell whether the map is of other features, or a tenth of its trailers have come, changed or gone since."""
    drawn, n = store.library_map.find(), store.features.count(features_id)
    if drawn is None or drawn.features_id != features_id:
        return n > 0
    n_new = store.features.count(features_id, after=drawn.made_at)
    return max(n_new, drawn.n - n) > CHANGE * drawn.n


def draw(store: Store, features_id: str, *, token: str) -> bool:
    """Draw the map of the trailers with these features; False where somebody else draws it, or it isn't due.

    `token` is of this drawing alone: who knows it can end its claim.
    """
    if not store.library_map.claim(token, for_s=CLAIM_S):
        return False
    if not is_due(store, features_id):  # another has drawn it since it was asked for
        store.library_map.release(token)
        return False
    began = now()
    trailer_ids, points = _read_points(store, features_id)
    places = dict(zip(trailer_ids, map(tuple, lay_out(points).round(5).tolist()), strict=True))
    done = store.library_map.put(token, DrawnMap(features_id, len(places), began), places)
    log.info("the map of %d trailers was %s", len(places), "drawn" if done else "given up: another draws it")
    return done


def _read_points(store: Store, features_id: str) -> tuple[list[str], Points]:
    """Return the trailers with such features and their principal components, of shape (trailers, components).

    Up to 5,000 are read once; of more, every so manieth is read first, to find the components.
    """
    step = max(1, -(-store.features.count(features_id) // N_SAMPLE))
    sampled = [
        (name, vectors)
        for place, (name, _, vectors) in enumerate(store.features.pooled(features_id))
        if place % step == 0
    ]
    if not sampled:
        return [], np.empty((0, 1))
    sample = np.stack([vectors for _, vectors in sampled])
    projection = Projection.fit(sample)
    if step == 1:
        return [name for name, _ in sampled], projection.project(sample)
    names, found = list[str](), list[Points]()
    for chunk_names, vectors in _read_chunks(store, features_id):
        names += chunk_names
        found.append(projection.project(vectors))
    return names, np.concatenate(found)


def _read_chunks(store: Store, features_id: str) -> Iterator[tuple[list[str], Vectors]]:
    names, waiting = list[str](), list[Vectors]()
    for name, _, vector in store.features.pooled(features_id):
        names.append(name)
        waiting.append(vector)
        if len(names) == AT_ONCE:
            yield names, np.stack(waiting)
            names, waiting = [], []
    if names:
        yield names, np.stack(waiting)
