"""The service behind the page and the API: store, queue and limits, built once and shared by all requests."""

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from functools import cached_property

from db.errors import StoreError
from db.library_records import Facets, LibraryQuery
from db.queue.batch_records import Batch, RowCounts
from db.store import Store
from extractor.errors import WeightsError
from web.events import Streams
from web.expectations import read_genre_shares
from web.rates import RateLimits
from web.turns import Turns
from worker.auditing.audit import Audit, make_audit
from worker.jobs.bells import Bell, bell_of
from worker.jobs.submission import Identity, identify
from worker.predicting.similar import Similarity
from worker.runtime import Runtime
from worker.service.web_settings import WebSettings
from worker.settings import Settings

log = logging.getLogger("trailers")
AUDIT_S = 30.0
QUICK_S = 0.2  # what is counted as quickly is counted anew each time
KEPT_TIMES = 20  # as long as counting took, other counts are kept
MAX_COUNTS = 100
STALE_S = 60.0  # counts that nobody has asked for so long after that are made anew first
IDENTITY_S = 10.0  # until a newly activated model is used here
REVIVE_S = 1.0
RELOAD_S = 5.0


def _load(similarity: Similarity) -> None:
    while not similarity.loaded:
        try:
            similarity.load()
        except StoreError as exc:
            log.warning("similar trailers are not available yet: %s", exc)
            time.sleep(RELOAD_S)


@dataclass
class Service:
    """One service. Its `runtime` must never be asked for a network here."""

    runtime: Runtime
    web: WebSettings
    rates: RateLimits = field(init=False)
    streams: Streams = field(default_factory=Streams)
    pictures: Turns = field(default_factory=lambda: Turns(at_once=2, held=64))  # 20 MiB each
    lists: Turns = field(default_factory=lambda: Turns(at_once=2, held=32))  # 8 MiB each
    _identity: tuple[Identity, float] | None = None  # and the time until which it is trusted
    _similar: Similarity | None = None
    _rows: dict[str, RowCounts] = field(default_factory=dict)
    _shares: dict[str, tuple[float, ...]] = field(default_factory=dict)
    _facets: dict[LibraryQuery, tuple[Facets, float]] = field(default_factory=dict)  # and until when they are shown
    _audit: tuple[Audit, float] | None = None  # and the time until which it is shown
    _auditing: threading.Lock = field(default_factory=threading.Lock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _revived_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.rates = RateLimits(per_minute=self.web.requests_per_minute)

    @property
    def settings(self) -> Settings:
        """The settings shared with the workers."""
        return self.runtime.settings

    @property
    def store(self) -> Store:
        """The database, opened on first use."""
        with self._opening:
            return self.runtime.store

    @cached_property
    def bell(self) -> Bell:
        """The bell that tells workers of new jobs."""
        return bell_of(self.settings)

    def similarity(self) -> Similarity:
        """Return the search for similar trailers, which may still be loading."""
        features_id = self.identity().features_id
        with self._lock:
            if self._similar is None or self._similar.features_id != features_id:
                self._similar = Similarity(self.store, features_id)
                threading.Thread(target=_load, args=(self._similar,), daemon=True, name="similarity").start()
            return self._similar

    def forget_similar(self, trailer_id: str) -> None:
        """Have a trailer that was deleted be similar to none."""
        with self._lock:
            if self._similar is not None:
                self._similar.remove(trailer_id)

    def warm_up(self) -> None:
        """Open the database and start loading what a first request would wait for."""
        try:
            self.similarity()
        except (StoreError, WeightsError) as exc:
            log.warning("the page is not ready yet: %s", exc)

    def identity(self) -> Identity:
        """Return the features and model in use; read from the database every ten seconds at most."""
        known = self._identity
        if known is None or time.monotonic() > known[1]:
            with self._lock:
                known = self._identity = identify(self.runtime), time.monotonic() + IDENTITY_S
        return known[0]

    def audit(self) -> Audit:
        """Return the audit of the library, made again at most twice a minute: it looks at every trailer."""
        with self._auditing:
            known = self._audit
            if known is None or time.monotonic() > known[1]:
                audit = make_audit(self.store)
                known = self._audit = audit, time.monotonic() + AUDIT_S
            return known[0]

    def facets(self, wanted: LibraryQuery) -> Facets:
        """Return how many of the matching trailers are of each kind; in a large library, how many there were lately.

        Counts that are older than twenty times what counting took are made anew, while they are shown once more.
        """
        if wanted.order != "disagreement":  # which only those with a verdict are in
            wanted = replace(wanted, order="newest")
        now, known = time.monotonic(), self._facets.get(wanted)
        if known is None or now > known[1] + STALE_S:
            return self._count(wanted)
        if now > known[1]:
            self._facets[wanted] = known[0], now + STALE_S  # nobody else counts meanwhile
            threading.Thread(target=self._count, args=(wanted,), daemon=True, name="facets").start()
        return known[0]

    def _count(self, wanted: LibraryQuery) -> Facets:
        began = time.monotonic()
        facets = self.store.library.facets(wanted)
        took = time.monotonic() - began
        if took < QUICK_S:
            self._facets.pop(wanted, None)
        elif len(self._facets) < MAX_COUNTS or wanted in self._facets:
            self._facets[wanted] = facets, time.monotonic() + KEPT_TIMES * took
        else:
            self._facets.clear()
        return facets

    def forget_counts(self) -> None:
        """Have everything counted anew: many trailers have just changed."""
        self._facets.clear()

    def genre_shares(self, model_id: str) -> tuple[float, ...]:
        """Return the genres' shares among a model's training rows, which never change."""
        if model_id not in self._shares:
            self._shares[model_id] = read_genre_shares(self.store, model_id)
        return self._shares[model_id]

    def count_rows(self, batch: Batch) -> RowCounts:
        """Count the rows of a batch; those of a prepared one do not change, and are counted once."""
        counted = self._rows.get(batch.batch_id)
        if counted is None:
            counted = self.store.batches.count_rows(batch.batch_id)
            if batch.prepared_at is not None:
                self._rows[batch.batch_id] = counted
        return counted

    def revive(self) -> None:
        """Restart an embedded database that has died; at most once a second."""
        with self._lock:
            if self.settings.mongodb_uri or time.monotonic() < self._revived_at + REVIVE_S:
                return
            self._revived_at = time.monotonic()
        self.runtime.revive()
