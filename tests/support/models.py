"""Small models made for tests: random numbers, called so."""

import datetime
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from classifier.data.training_films import TrainingFilms
from classifier.heads.base import Head
from classifier.heads.kinds import HeadSpec
from classifier.heads.linear import LogisticMean
from classifier.heads.options import NeuralOptions
from classifier.heads.terms import Terms
from classifier.heads.tfidf import TfIdf
from classifier.joins.base import Alone
from classifier.joins.kinds import describe_join
from classifier.joins.late import Late
from classifier.manifest import Decisions, Manifest, TrainedOn
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.view import SENTENCE, SOUND, join_names, subsets
from db.records import ChangeNote, ModelRecord
from db.store import Store
from extractor import sounds
from extractor.plots import WORDS_ID, number_word, read_plot
from extractor.titles import TITLE_ID
from tests.support import encoders
from worker.inference.registry import register

GENRES = ("Action", "Comedy", "Drama", "Horror")
DIM = 2048
PLOTS = {"plot": WORDS_ID}
PLOTS_AND_TITLES = {**PLOTS, "title": TITLE_ID}
TELLING = {"fight": "Action", "joke": "Comedy", "tears": "Drama", "ghost": "Horror"}  # a word for each genre


def put_to_use(store: Store, model: GenreModel) -> ModelRecord:
    """Store a model and have it predict from now on."""
    record = register(store, model)
    store.model_changes.put_to_use(record, "use", ChangeNote(by="a test"))
    return store.models.get(record.model_id)


def make_manifest(
    features_id: str, *, name: str = "random", modality: str = "poster", genres: tuple[str, ...] = GENRES
) -> Manifest:
    """Return the manifest of a linear head that leaves logits as they are."""
    n = len(genres)
    return Manifest(
        name=name,
        head=HeadSpec(LogisticMean.KIND, {"dim": DIM, "n_genres": n, "components": 400, "penalty": 0.0003}),
        inputs={modality: features_id},
        genres=genres,
        priors=(0.25,) * n,
        decisions={modality: Decisions((1.0,) * n, (0.0,) * n, *((0.5,) * n,) * 3)},
        objective="f1",
        metrics={"macro_ap": 0.25},
        trained_on=TrainedOn("random numbers", 60, 20, 20, "0" * 64, "1" * 64, 0),
        created_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        versions={"numpy": "2"},
    )


def make_model(
    features_id: str, *, name: str = "random", seed: int = 0, modality: str = "poster", scale: float = 0.05
) -> GenreModel:
    """Return a model of random weights that judges these features."""
    random = np.random.default_rng(seed)
    head = LogisticMean.from_weights(
        coef=random.normal(0, scale, (len(GENRES), DIM)).astype(np.float32),
        intercept=np.zeros(len(GENRES), dtype=np.float32),
    )
    return GenreModel(
        make_manifest(features_id, name=name, modality=modality),
        Alone({modality: head}),
        TrainingFilms.from_groups(["film 1", "film 2"]),
    )


def make_joined_model(
    features_id: str, *, name: str = "joined", scale: float = 0.0001, texts: Mapping[str, str] = PLOTS
) -> GenreModel:
    """Return a late join, all alike, of posters and texts; of words it knows TELLING, each counting for its genre.

    `texts` are the modalities of texts, plots alone by default, with their features_id.
    """
    pictures = make_model(features_id, scale=scale).join.members["poster"]
    members = {"poster": pictures, **{modality: _telling_head() for modality in texts}}
    return _join_late(members, {"poster": features_id, **texts}, name)


def make_sentences_model(features_id: str, encoder_id: str, *, name: str = "sentences") -> GenreModel:
    """Return the same of posters and plots, as words and as sentences, or without a `features_id` of plots alone.

    It is newer than any that ships.
    """
    of_words = make_joined_model(features_id or "none").join.members
    coef = np.random.default_rng(0).normal(0, 5, (len(GENRES), encoders.DIM)).astype(np.float32)
    sentences = LogisticMean.from_weights(coef=coef, intercept=np.zeros(len(GENRES), dtype=np.float32))
    inputs = {**({"poster": features_id} if features_id else {}), **PLOTS, SENTENCE: encoder_id}
    members = {modality: {**of_words, SENTENCE: sentences}[modality] for modality in inputs}
    model = _join_late(members, inputs, name)
    created_at = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
    return replace(model, manifest=replace(model.manifest, created_at=created_at))


def make_sounds_model(features_id: str, sound_id: str) -> GenreModel:
    """Return a late join, all alike, of posters and sounds."""
    random, members = np.random.default_rng(1), dict(make_model(features_id, scale=0.0001).join.members)
    coef = random.normal(0, 0.1, (len(GENRES), sounds.DIM)).astype(np.float32)
    members[SOUND] = LogisticMean.from_weights(coef=coef, intercept=np.zeros(len(GENRES), dtype=np.float32))
    return _join_late(members, {"poster": features_id, SOUND: sound_id}, "sounds")


def _join_late(members: Mapping[str, Head], inputs: Mapping[str, str], name: str) -> GenreModel:
    chosen = subsets(members)
    join = Late(
        members,
        {
            "weights": np.array([[(each in one) / len(one) for each in members] for one in chosen], dtype=np.float32),
            "slopes": np.ones((len(members), len(GENRES)), dtype=np.float32),
            "intercepts": np.zeros((len(members), len(GENRES)), dtype=np.float32),
        },
    )
    manifest = make_manifest("none", name=name)
    joined = replace(
        manifest,
        head=describe_join(join)[0],
        inputs=inputs,
        decisions={join_names(one): manifest.whole for one in chosen},
    )
    return GenreModel(joined, join, TrainingFilms.from_groups(["film 1"]))


def _telling_head() -> Head:
    words = sorted(TELLING, key=number_word)
    pairs = np.array([[number_word(word), 0] for word in words], dtype=np.float32)
    coef = np.zeros((len(GENRES), len(words)), dtype=np.float32)
    for place, word in enumerate(words):
        coef[GENRES.index(TELLING[word]), place] = 4.0
    terms = Terms(pairs, np.full(len(words), 4.0, dtype=np.float32))  # words of one text in twenty
    return TfIdf.from_weights(terms, coef=coef, intercept=np.zeros(len(GENRES), dtype=np.float32))


def make_plot_model(head: Head, *, name: str = "plots") -> GenreModel:
    """Return a model of plots alone, with this head."""
    join = Alone({"plot": head})
    manifest = replace(make_manifest(WORDS_ID, name=name, modality="plot"), head=describe_join(join)[0])
    return GenreModel(manifest, join, TrainingFilms.from_groups(["film 1"]))


def make_lstm_model() -> GenreModel:
    """Return a model of plots that needs TensorFlow; what it has learnt of TELLING's words is next to nothing."""
    from classifier.heads.words import Lstm  # TensorFlow, and seconds

    texts = [f"a {word} in the {place}" for word in TELLING for place in ("house", "street", "garden")]
    labels = np.eye(len(GENRES), dtype=np.bool_).repeat(3, axis=0)
    plots = Ragged.from_sequences([read_plot(text).vectors for text in texts])
    return make_plot_model(Lstm(NeuralOptions(hidden=8, epochs=1)).fit(plots, labels), name="lstm")
