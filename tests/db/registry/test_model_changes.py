"""What is in use, and its history: one model a use at any moment, every change kept, and each can be taken back."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.access import Document
from db.embedded.share import EmbeddedMongod
from db.errors import NotStored
from db.records import ChangeNote, ModelCard, ModelChange, ModelRecord
from db.registry.lineups import KEPT, Lineup, Use, make_lineups
from db.registry.model_changes import ModelChanges
from db.store import Store
from tests.support.homes import empty

FEATURES = "inception_v3-imagenet-1a2b3c4d-r2"
NOTE = ChangeNote("ann", why="spring", figures={"difference": 0.03})
MODALITIES = ("trailer", "poster")
States = Mapping[str, str]


def make_model(name: str, *, modality: str = "trailer", features_id: str = FEATURES) -> ModelRecord:
    return ModelRecord(
        model_id=hashlib.sha256(name.encode()).hexdigest(),
        name=name,
        head="attention",
        genres=("Drama", "Sci-Fi"),
        thresholds=(0.5, 0.25),
        metrics={"macro_ap": 0.4},
        features_id=features_id,
        trained_on="1000 trailers",
        card=ModelCard(modality, 640, 160, 200, 7, "a" * 64, "b" * 64, "f1", {"numpy": "2.4"}),
        created_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


def add(store: Store, *models: ModelRecord) -> None:
    for model in models:
        store.models.add(model.name.encode(), model)


def states(store: Store) -> dict[str, str]:
    """Return the state of each model by its name, once it is sure that all ways to ask agree."""
    records = store.models.list()
    used = sorted(record.model_id for record in records if record.active)
    assert used == sorted(record.model_id for record in store.models.in_use(FEATURES))
    assert used == sorted(each["_id"] for each in models(store).find({"active": True}))
    return {record.name: record.state for record in records}


def models(store: Store):  # type: ignore[no-untyped-def]
    return store._access.database["models"]


ONE, TWO, POSTERS = make_model("one"), make_model("two"), make_model("posters", modality="poster")


def test_a_new_model_is_a_candidate_until_it_is_put_to_use(store: Store) -> None:
    add(store, ONE)
    assert states(store) == {"one": "candidate"}
    change = store.model_changes.put_to_use(ONE, "use", NOTE)
    assert change is not None
    assert (change.number, change.before, change.in_use, change.by) == (1, None, ONE.model_id, "ann")
    assert store.models.in_use(FEATURES) == [replace(ONE, active=True, state="in_use")]
    assert store.model_changes.put_to_use(ONE, "use", NOTE) is None  # it is in use already
    assert store.model_changes.list() == [change]


def test_each_features_id_and_modality_has_a_model_of_its_own(store: Store) -> None:
    other = make_model("other", features_id="other-00000000-r2")
    add(store, ONE, TWO, POSTERS, other)
    for model in (ONE, POSTERS, other, TWO):
        store.model_changes.put_to_use(model, "promote", NOTE)
    assert {model.name for model in store.models.in_use(FEATURES)} == {"two", "posters"}
    assert [model.name for model in store.models.in_use("other-00000000-r2")] == ["other"]
    assert store.models.features_in_use() == sorted([FEATURES, "other-00000000-r2"])
    assert store.models.get("one").state == "candidate"


def test_a_model_of_older_features_is_in_use_for_todays(store: Store) -> None:
    older, newer = make_model("older", features_id=FEATURES.removesuffix("r2") + "r1"), make_model("newer")
    add(store, older, newer)
    store.model_changes.put_to_use(older, "use", NOTE)
    assert store.model_changes.put_to_use(older, "use", NOTE) is None
    (found,) = store.models.in_use(FEATURES)
    assert (found.model_id, found.features_id) == (older.model_id, FEATURES)
    assert store.models.features_in_use() == [FEATURES]
    store.model_changes.put_to_use(newer, "use", NOTE)
    assert states(store) == {"newer": "in_use", "older": "candidate"}


def test_a_model_of_another_version_is_not_in_use_not_listed_and_gives_way(store: Store) -> None:
    add(store, ONE, TWO)
    store.model_changes.put_to_use(ONE, "use", NOTE)
    models(store).update_one({"_id": ONE.model_id}, {"$set": {"format": 1}, "$unset": {"card": 1}})
    assert store.models.in_use(FEATURES) == []
    assert [model.name for model in store.models.list()] == ["two"]
    with pytest.raises(NotStored):
        store.model_changes.put_to_use(ONE, "use", NOTE)
    store.model_changes.start(TWO, why="it ships")
    assert [model.name for model in store.models.in_use(FEATURES)] == ["two"]


def test_a_rollback_goes_back_step_by_step_and_to_a_model_by_name(store: Store) -> None:
    three = make_model("three")
    add(store, ONE, TWO, three)
    for model in (ONE, TWO, three, ONE):
        store.model_changes.put_to_use(model, "promote", NOTE)
    seen = []
    while store.model_changes.roll_back(NOTE):
        seen.append([model.name for model in store.models.in_use(FEATURES)])
    assert seen == [["three"], ["two"], ["one"], []]
    for model in (ONE, TWO, three):
        store.model_changes.put_to_use(model, "promote", NOTE)
    back = store.model_changes.roll_back(NOTE, to=ONE)
    assert back is not None
    assert (back.undoes, back.before, back.in_use) == (10, three.model_id, ONE.model_id)
    assert states(store) == {"one": "in_use", "two": "candidate", "three": "candidate"}
    assert store.model_changes.roll_back(NOTE, to=three) is None  # that change is undone
    assert len(store.model_changes.list()) == 12  # nothing of it is forgotten


def test_what_ships_stands_in_unless_it_was_retired_and_that_is_nobodys_change(store: Store) -> None:
    add(store, ONE, TWO)
    store.model_changes.start(ONE, why="it ships")
    store.model_changes.start(TWO, why="it ships")  # one is in use
    assert states(store) == {"one": "in_use", "two": "candidate"}
    assert store.model_changes.roll_back(NOTE) is None
    store.model_changes.put_to_use(TWO, "promote", NOTE)
    store.model_changes.roll_back(NOTE)
    assert states(store) == {"one": "in_use", "two": "candidate"}
    store.model_changes.retire(ONE, NOTE)
    assert states(store) == {"one": "retired", "two": "candidate"}
    assert store.model_changes.retire(ONE, NOTE) is None
    store.model_changes.start(ONE, why="it ships")
    assert states(store)["one"] == "retired"


def test_what_ships_takes_the_place_of_an_older_one_that_stands_in_and_of_none_that_was_put_to_use(
    store: Store,
) -> None:
    newer = replace(TWO, created_at=ONE.created_at + timedelta(days=1))
    add(store, ONE, newer)
    store.model_changes.start(ONE, why="it ships")
    store.model_changes.start(newer, why="a newer version of Trailers ships it")
    assert states(store) == {"one": "candidate", "two": "in_use"}
    store.model_changes.start(ONE, why="an older version of Trailers ships it")
    assert states(store) == {"one": "candidate", "two": "in_use"}
    store.model_changes.put_to_use(ONE, "use", NOTE)
    store.model_changes.start(newer, why="it ships")
    assert states(store) == {"one": "in_use", "two": "candidate"}


def test_a_model_in_use_is_not_deleted_and_another_is_with_its_file(store: Store) -> None:
    add(store, ONE, TWO)
    store.model_changes.put_to_use(ONE, "use", NOTE)
    store.model_changes.put_to_use(TWO, "use", NOTE)
    assert not store.models.delete(TWO.model_id)
    assert store.models.artefact(TWO.model_id) == b"two"
    assert store.models.delete(ONE.model_id)
    assert states(store) == {"two": "in_use"}
    with pytest.raises(NotStored):
        store.models.artefact(ONE.model_id)
    with pytest.raises(NotStored, match=r"was deleted: go further back .*--to MODEL.* or choose one"):
        store.model_changes.roll_back(NOTE)
    assert states(store) == {"two": "in_use"}


def test_of_many_changes_at_once_none_is_lost_and_one_model_is_in_use(store: Store) -> None:
    names = [f"model {number}" for number in range(8)]
    add(store, *map(make_model, names))
    barrier = threading.Barrier(len(names))

    def promote(name: str) -> None:
        barrier.wait()
        store.model_changes.put_to_use(make_model(name), "promote", NOTE)

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(promote, names))
    changes = store.model_changes.list()
    assert [change.number for change in changes] == list(range(1, len(names) + 1))
    assert [change.before for change in changes] == [None, *(change.in_use for change in changes[:-1])]
    assert sorted(states(store).values()) == [*["candidate"] * (len(names) - 1), "in_use"]


def test_the_copy_for_other_programs_is_of_the_last_change_also_where_an_earlier_one_is_written_late(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, ONE, TWO)
    late = ModelChanges(store._access)

    def overtake(changes: list[ModelChange]) -> dict[Use, Lineup]:
        found = make_lineups(changes)
        if changes and changes[-1].in_use == ONE.model_id:  # read, not yet copied
            monkeypatch.setattr("db.registry.model_changes.make_lineups", make_lineups)
            late.put_to_use(TWO, "use", NOTE)
        return found

    monkeypatch.setattr("db.registry.model_changes.make_lineups", overtake)
    store.model_changes.put_to_use(ONE, "use", NOTE)
    assert states(store) == {"one": "candidate", "two": "in_use"}


def test_a_crash_between_the_two_writes_leaves_exactly_the_new_model_in_use(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: ModelChanges) -> None:
        raise KeyboardInterrupt

    add(store, ONE, TWO, POSTERS)
    store.model_changes.put_to_use(ONE, "use", NOTE)
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(ModelChanges, "_show", crash)
        store.model_changes.put_to_use(TWO, "promote", NOTE)
    assert [model.name for model in store.models.in_use(FEATURES)] == ["two"]
    assert [model.name for model in store.models.list() if model.active] == ["two"]
    store.model_changes.put_to_use(POSTERS, "use", NOTE)  # brings the copy for other programs up to date
    assert states(store) == {"one": "candidate", "two": "in_use", "posters": "in_use"}


def test_models_that_were_in_use_before_there_was_a_history_stay_in_use(store: Store) -> None:
    add(store, ONE, TWO, POSTERS)
    for hour, model in enumerate((POSTERS, ONE, TWO)):  # of two, as a crash left them, the later counts
        time = datetime(2026, 11, 20, hour, tzinfo=UTC)
        models(store).update_one({"_id": model.model_id}, {"$set": {"active": True, "activated_at": time}})
    for _ in range(2):
        store.model_changes.adopt()
        assert states(store) == {"one": "candidate", "two": "in_use", "posters": "in_use"}
    assert [(change.action, change.by, change.why) for change in store.model_changes.list()] == [
        ("initial", "", KEPT)
    ] * 2
    store.model_changes.retire(TWO, NOTE)
    store.model_changes.adopt()
    assert store.models.get("two").state == "retired"


def test_a_change_is_one_document_that_other_programs_can_read(store: Store) -> None:
    add(store, ONE)
    store.model_changes.put_to_use(ONE, "promote", NOTE)
    document: Document = store._access.database["model_changes"].find_one() or {}
    assert document.pop("created_at") and document.pop("schema_version")
    assert document == {
        "_id": 1,
        "action": "promote",
        "features_id": FEATURES,
        "modality": "trailer",
        "model_id": ONE.model_id,
        "before": None,
        "in_use": ONE.model_id,
        "undoes": None,
        "by": "ann",
        "why": "spring",
        "figures": {"difference": 0.03},
    }
    assert "state" not in (models(store).find_one() or {})


POOL = [make_model(f"{modality} {number}", modality=modality) for modality in MODALITIES for number in range(3)]
STEPS = st.one_of(
    st.tuples(st.sampled_from(["promote", "use", "retire", "start"]), st.sampled_from(POOL)),
    st.tuples(st.just("rollback"), st.none()),
)


@pytest.fixture(scope="module")
def many(server: EmbeddedMongod) -> Iterator[Store]:
    with Store.connect(server.uri, database="many") as store:
        empty(store)
        add(store, *POOL)
        yield store


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=14))
def test_a_rollback_after_any_changes_restores_exactly_the_state_before_the_last_one(
    many: Store, steps: list[tuple[str, ModelRecord | None]]
) -> None:
    many._access.database["model_changes"].delete_many({})
    models(many).update_many({}, {"$set": {"active": False}})
    before: list[States] = []  # of its use, before each change that somebody made and nobody has undone
    for action, model in steps:
        now = states(many)
        if model is None:
            change = many.model_changes.roll_back(NOTE)
            assert (change is None) == (not before)
            assert states(many) == {**now, **(before.pop() if before else {})}
            continue
        its_use = {name: state for name, state in now.items() if name.startswith(model.card.modality)}
        if action == "start":
            many.model_changes.start(model, why="it ships")
        elif action == "retire":
            before += [its_use] if many.model_changes.retire(model, NOTE) else []
            assert states(many)[model.name] == "retired"
        else:
            before += [its_use] if many.model_changes.put_to_use(model, action, NOTE) else []  # type: ignore[arg-type]
            assert states(many)[model.name] == "in_use"
