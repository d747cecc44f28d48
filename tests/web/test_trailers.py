import base64
import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from classifier.prediction import DrivingWord
from classifier.taxonomy import Taxonomy
from db.library_records import ReviewQuery
from db.queue.job_records import Inputs
from db.records import ChangeNote, TrailerLabels
from tests.support.models import GENRES, make_model
from tests.support.web_service import store_trailer
from web.service import Service
from worker.inference.registry import list_models, register
from worker.predicting.similar import Similarity

N_TRAILERS = 7
IDS = [f"youtube:film{number:07}" for number in range(N_TRAILERS)]
FIRST = "youtube:film0000000"
OPERATORS = ("$ne", "$where", "a.b", "Drama.$gt", "Drama\x00", "", ".", "x" * 51)


@pytest.fixture(scope="module")
def shared(shared: tuple[Service, str]) -> tuple[Service, str]:
    """The service of this file, with trailers that every test finds."""
    for number, trailer_id in enumerate(IDS):
        store_trailer(shared[0], trailer_id, title=f"Film {number} of the Étoile")
    return shared


@pytest.fixture
def service(shared: tuple[Service, str]) -> Service:
    return shared[0]


def ids(client: httpx.Client, **params: Any) -> list[str]:
    answer = client.get("/v1/trailers", params=params)
    assert answer.status_code == 200, answer.text
    return [trailer["trailer_id"] for trailer in answer.json()["trailers"]]


def label(service: Service, trailer_id: str, *genres: str) -> None:
    service.store.trailers.add_all_inputs([(trailer_id, Inputs(genres=genres, label_source="list.csv"))])


def test_the_library_lists_the_newest_first_with_verdict_and_source(client: httpx.Client) -> None:
    assert ids(client) == IDS[::-1]
    trailer = client.get("/v1/trailers").json()["trailers"][0]
    assert trailer["source"]["title"] == "Film 6 of the Étoile"
    assert sorted(trailer["verdict"]["scores"]) == sorted(GENRES)
    assert "vectors" not in json.dumps(trailer)


@pytest.mark.parametrize("sort", ["newest", "score", "disagreement"])
def test_cursors_lead_through_all_pages_in_the_order_of_one(client: httpx.Client, sort: str) -> None:
    params = {"sort": sort, **({"genre": "Drama", "min_score": 0} if sort == "score" else {})}
    whole = ids(client, **params)
    assert len(whole) == N_TRAILERS
    seen: list[str] = []
    asked: dict[str, Any] = {**params, "limit": 3}
    while True:
        page = client.get("/v1/trailers", params=asked).json()
        seen += [trailer["trailer_id"] for trailer in page["trailers"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert seen == whole


def write(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "é" * 20,
        write("newest", {"$ne": None}, FIRST),
        write("newest", "2026-11-21", {"$ne": None}),
        write("newest", "2026-11-21", "youtube:\ud800"),
        write("newest", "0001-01-01T00:00:00+23:59", FIRST),
        write("newest", 10**300, FIRST),
        write("score", 0.5, FIRST),
        write("newest"),
        base64.urlsafe_b64encode(b"[" * 300).decode(),
        "x" * 401,
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(client: httpx.Client, cursor: str) -> None:
    answer = client.get("/v1/trailers", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


@pytest.mark.parametrize("value", [10**300, "1", None, True, {"$gt": 0}])
def test_a_cursor_with_a_made_up_score_is_harmless(client: httpx.Client, value: object) -> None:
    cursor = write("disagreement", value, FIRST)
    assert client.get("/v1/trailers", params={"sort": "disagreement", "cursor": cursor}).status_code in (200, 422)


def test_filters_by_genre_and_score_agree_with_the_verdicts(client: httpx.Client) -> None:
    all_of_them = client.get("/v1/trailers").json()["trailers"]
    passed = [each["trailer_id"] for each in all_of_them if "Drama" in each["verdict"]["passed"]]
    assert ids(client, genre="Drama") == passed
    scores = {each["trailer_id"]: each["verdict"]["scores"]["Drama"] for each in all_of_them}
    middle = sorted(scores.values())[3]
    assert set(ids(client, genre="Drama", min_score=middle)) == {each for each in scores if scores[each] >= middle}
    assert set(ids(client, genre="Drama", max_score=middle)) == {each for each in scores if scores[each] <= middle}
    by_score = ids(client, genre="Drama", min_score=0, sort="score")
    assert by_score == sorted(scores, key=lambda each: (-scores[each], each))
    both = [each["trailer_id"] for each in all_of_them if {"Drama", "Action"} <= set(each["verdict"]["passed"])]
    assert ids(client, genre=["Drama", "Action"]) == both


def test_filters_by_words_and_days(client: httpx.Client) -> None:
    assert ids(client, q="etoi 3") == [IDS[3]]
    assert ids(client, q="film0000005") == [IDS[5]]
    assert ids(client, q="$where .* /x/") == []
    assert ids(client, q="\x00") == []
    today = datetime.now(UTC).date()
    assert len(ids(client, since=today - timedelta(days=1), until=today)) == N_TRAILERS
    assert ids(client, since=today + timedelta(days=1)) == []
    assert ids(client, until=today - timedelta(days=2)) == []


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "score"},
        {"min_score": "0.5"},
        {"genre": "Drama", "min_score": "nan"},
        {"genre": "Drama", "min_score": "1e999"},
        {"genre": "Drama", "max_score": "-0.1"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "1" * 400},
        {"since": "0"},
        {"since": "1e9"},
        {"since": "2026-02-30"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"until": "".join(chr(ord(c) + 0x630) if c.isdigit() else c for c in "2026-11-21")},
        {"sort": "$natural"},
        {"disagree": "maybe"},
        {"$where": "1"},
        {"q": "x" * 201},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(client: httpx.Client, params: dict[str, str]) -> None:
    answer = client.get("/v1/trailers", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text


@pytest.mark.parametrize("genre", OPERATORS)
def test_a_genre_that_looks_like_an_operator_is_no_genre(client: httpx.Client, genre: str) -> None:
    for more in ({}, {"min_score": "0", "sort": "score"}):
        assert client.get("/v1/trailers", params={"genre": genre, **more}).status_code == 422
    answer = client.post(f"/v1/trailers/{FIRST}/review", json={"decisions": {genre: "accept"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_a_trailer_is_shown_with_its_prediction_and_timeline(client: httpx.Client) -> None:
    trailer = client.get(f"/v1/trailers/{FIRST}").json()
    assert trailer["prediction"]["n_frames"] == 30
    assert [score["rank"] for score in trailer["prediction"]["genres"]] == [1, 2, 3, 4]
    assert {name: sorted(scores) for name, scores in trailer["prediction"]["alone"].items()} == {
        "trailer": sorted(score["genre"] for score in trailer["prediction"]["genres"])
    }
    assert {name for parts in trailer["prediction"]["contributions"].values() for name in parts} == {"trailer"}
    assert trailer["features"] == [trailer["prediction"]["features_id"]]
    assert (trailer["marks"], trailer["prediction"]["flags"]) == ({}, [])


@pytest.mark.parametrize("place", ["", "/similar", "/features.npy"])
def test_a_trailer_that_is_not_stored_is_not_found(client: httpx.Client, place: str) -> None:
    answer = client.get(f"/v1/trailers/youtube:nothing0000{place}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for wrong in ("$ne", "youtube:a.b", "youtube:", "youtube:x%0A", "..%2f..%2fetc", "youtube:" + "x" * 65):
        assert client.get(f"/v1/trailers/{wrong}{place}").status_code in (404, 422), wrong


def test_features_are_a_numpy_file_that_needs_no_trust(client: httpx.Client, service: Service) -> None:
    answer = client.get(f"/v1/trailers/{FIRST}/features.npy")
    vectors = np.load(io.BytesIO(answer.content), allow_pickle=False)
    kept = service.store.features.load(FIRST, answer.headers["X-Features-Id"])
    assert kept is not None
    assert (vectors.dtype, vectors.shape) == (np.float32, (30, 2048))
    assert np.array_equal(vectors, kept.vectors)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="youtube-film0000000.npy"'
    other = client.get(f"/v1/trailers/{FIRST}/features.npy", params={"features_id": "other-features"})
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


def test_similar_trailers_come_with_their_titles_the_nearest_first(client: httpx.Client) -> None:
    found = client.get(f"/v1/trailers/{FIRST}/similar", params={"limit": 3})
    while found.status_code == 503:
        time.sleep(0.1)
        found = client.get(f"/v1/trailers/{FIRST}/similar", params={"limit": 3})
    near = found.json()["similar"]
    assert len(near) == 3
    assert FIRST not in [each["trailer_id"] for each in near]
    assert [each["similarity"] for each in near] == sorted((each["similarity"] for each in near), reverse=True)
    assert client.get(f"/v1/trailers/{FIRST}/similar", params={"limit": 0}).status_code == 422


def test_similar_trailers_that_are_still_being_loaded_are_worth_another_try(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = threading.Event()
    monkeypatch.setattr(Similarity, "load", lambda self: loading.wait(20))
    monkeypatch.setattr(service, "_similar", None)
    try:
        answer = client.get(f"/v1/trailers/{FIRST}/similar")
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert int(answer.headers["Retry-After"]) > 0
    finally:
        monkeypatch.undo()
        loading.set()


def test_a_review_makes_labels_and_settles_the_disagreement(client: httpx.Client, service: Service) -> None:
    trailer_id = IDS[1]
    verdict = client.get(f"/v1/trailers/{trailer_id}").json()["verdict"]
    wrong = next(genre for genre in GENRES if genre not in verdict["passed"])
    label(service, trailer_id, wrong, "War")
    before = client.get(f"/v1/trailers/{trailer_id}").json()
    assert wrong in before["verdict"]["disputed"]
    decisions = {wrong: "reject", **dict.fromkeys(verdict["passed"], "accept"), "Western": "add"}
    answer = client.post(
        f"/v1/trailers/{trailer_id}/review", json={"decisions": decisions, "note": "seen <b>twice</b>"}
    )
    assert (answer.status_code, answer.json()["reviewer"]) == (201, "local")
    after = client.get(f"/v1/trailers/{trailer_id}").json()
    assert set(after["labels"]["genres"]) == {"War", "Western", *verdict["passed"]}
    assert (after["labels"]["source"], after["verdict"]["disputed"]) == ("review", [])
    assert after["verdict"]["disagreement"] < before["verdict"]["disagreement"]
    assert trailer_id in ids(client, reviewed=True)
    assert trailer_id not in ids(client, reviewed=False)


def test_trailers_whose_labels_differ_are_found_first(client: httpx.Client, service: Service) -> None:
    trailer_id = IDS[2]
    passed = client.get(f"/v1/trailers/{trailer_id}").json()["verdict"]["passed"]
    label(service, trailer_id, *[genre for genre in GENRES if genre not in passed] or ["War"])
    assert trailer_id in ids(client, disagree=True)
    assert trailer_id not in ids(client, disagree=False)
    assert ids(client, sort="disagreement")[0] == trailer_id


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decisions": {"Nonsense": "accept"}},
        {"decisions": {"Drama": "maybe"}},
        {"decisions": {"Drama": {"$set": "accept"}}},
        {"decisions": [["Drama", "accept"]]},
        {"decisions": {"Drama": "accept"}, "reviewer": "anna"},
        {"decisions": {"Drama": "accept"}, "note": "x" * 2001},
        {"decisions": {"Drama": "accept"}, "note": "\ud800"},
        {"decisions": {"\ud800": "accept"}},
        {"decisions": {f"Genre {number}": "accept" for number in range(61)}},
    ],
)
def test_a_review_that_makes_no_sense_changes_nothing(client: httpx.Client, service: Service, body: object) -> None:
    before = client.get(f"/v1/trailers/{FIRST}").json()
    data = json.dumps(body).encode()
    answer = client.post(f"/v1/trailers/{FIRST}/review", content=data, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text
    assert client.get(f"/v1/trailers/{FIRST}").json() == before
    assert (
        client.post("/v1/trailers/youtube:nothing0000/review", json={"decisions": {"Drama": "add"}}).status_code == 404
    )


@pytest.mark.parametrize("note", [None, "looks well"])
def test_a_review_that_decides_nothing_is_refused_and_says_what_to_send(client: httpx.Client, note: str | None) -> None:
    before = client.get(f"/v1/trailers/{FIRST}").json()
    answer = client.post(f"/v1/trailers/{FIRST}/review", json={"decisions": {}, "note": note})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
    assert "nothing is decided; accept, reject or add at least one genre" in answer.json()["message"]
    assert client.get(f"/v1/trailers/{FIRST}").json() == before


def test_a_review_by_who_has_not_seen_the_last_one_is_refused_and_the_same_again_is_no_second_one(
    client: httpx.Client,
) -> None:
    address = f"/v1/trailers/{FIRST}/review"
    first = client.post(address, json={"decisions": {"War": "add"}, "seen": ""})
    assert first.status_code == 201
    again = client.post(address, json={"decisions": {"War": "add"}, "seen": ""})
    assert again.json()["review_id"] == first.json()["review_id"], "its response was lost, say"
    unseen = client.post(address, json={"decisions": {"Drama": "add"}, "seen": ""})
    assert (unseen.status_code, unseen.json()["code"]) == (409, "conflict")
    assert f"local has reviewed {FIRST} since you saw it" in unseen.json()["message"]
    seen = client.post(address, json={"decisions": {"Drama": "add"}, "seen": first.json()["review_id"]})
    assert seen.status_code == 201
    for _ in range(2):
        client.post(f"{address}/undo")
    undone = client.post(address, json={"decisions": {"Drama": "add"}, "seen": first.json()["review_id"]})
    assert "was undone since you saw it" in undone.json()["message"]


def test_reviews_of_one_trailer_at_once_all_become_its_labels(client: httpx.Client) -> None:
    genres = ("War", "Western", "Music", "Crime", "Short", "Sport")
    address = f"/v1/trailers/{IDS[4]}/review"
    with ThreadPoolExecutor(len(genres)) as pool:
        answers = list(pool.map(lambda genre: client.post(address, json={"decisions": {genre: "add"}}), genres))
    assert [answer.status_code for answer in answers] == [201] * len(genres)
    assert set(client.get(f"/v1/trailers/{IDS[4]}").json()["labels"]["genres"]) == set(genres)


def test_a_review_keeps_tags_that_mean_no_genre_until_they_are_rejected(client: httpx.Client, service: Service) -> None:
    address = f"/v1/trailers/{FIRST}/review"
    service.store.labels.update({FIRST: TrailerLabels(("Science Fiction", "Mood piece"), source="tmdb")})
    kept = client.post(address, json={"decisions": {"Drama": "add"}}).json()
    assert kept["genres"] == ["Sci-Fi", "Mood piece", "Drama"]
    left = client.post(address, json={"decisions": {"Mood piece": "reject"}}).json()
    assert left["genres"] == ["Sci-Fi", "Drama"]


def test_a_review_is_undone_and_the_one_before_it_counts_again(client: httpx.Client, service: Service) -> None:
    trailer_id, address = IDS[5], f"/v1/trailers/{IDS[5]}/review"
    label(service, trailer_id, "Drama")

    def read() -> tuple[list[str], str, bool]:
        trailer = client.get(f"/v1/trailers/{trailer_id}").json()
        return trailer["labels"]["genres"], trailer["labels"]["source"], trailer["reviewed_at"] is not None

    first = client.post(address, json={"decisions": {"War": "add"}}).json()
    second = client.post(address, json={"decisions": {"War": "reject", "Western": "add"}}).json()
    undone = client.post(f"{address}/undo", json={"review_id": second["review_id"]})
    assert (undone.status_code, undone.json()["undoes"]) == (201, second["review_id"])
    assert (undone.json()["reviewer"], undone.json()["trailer_id"]) == ("local", trailer_id)
    assert read() == (["Drama", "War"], "review", True)
    assert client.post(f"{address}/undo", json={"review_id": second["review_id"]}).status_code == 409, "it is undone"
    assert client.post(f"{address}/undo").json()["undoes"] == first["review_id"]
    assert read() == (["Drama"], "house", False)
    nothing = client.post(f"{address}/undo")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "conflict")
    assert client.post("/v1/trailers/youtube:nothing0000/review/undo").status_code == 404
    assert [review.undone for review in service.store.reviews.iterate(ReviewQuery(trailer_id))] == [True, True]


def test_the_layers_of_a_trailer_are_shown_with_what_was_said_before(client: httpx.Client, service: Service) -> None:
    trailer_id = IDS[6]
    label(service, trailer_id, "Drama")
    label(service, trailer_id, "War", "Mood piece")
    service.store.labels.update({trailer_id: TrailerLabels(("Comedy",), "imdb", list="imdb.csv")})
    house, imdb = client.get(f"/v1/trailers/{trailer_id}").json()["layers"]
    assert (house["source"], house["genres"], house["list"]) == ("house", ["War", "Mood piece"], "list.csv")
    assert [(earlier["genres"], earlier["list"]) for earlier in house["earlier"]] == [(["Drama"], "list.csv")]
    assert (imdb["source"], imdb["genres"], imdb["known"], imdb["list"]) == ("imdb", ["Comedy"], None, "imdb.csv")


def test_models_say_their_state_and_the_page_tells_who_changed_what_is_in_use(
    client: httpx.Client, service: Service
) -> None:
    (used,) = [record for record in service.store.models.list() if record.name == "random"]
    newer = register(service.store, make_model(used.features_id, name="newer", seed=1))

    def states() -> dict[str, str]:
        return {model["name"]: model["state"] for model in client.get("/v1/models").json()["models"]}

    assert (states()["random"], states()["newer"], states()["plots"]) == ("in_use", "candidate", "in_use")
    assert ">candidate</span>" in client.get("/models").text
    service.store.model_changes.put_to_use(newer, "promote", ChangeNote("Ann", "more films", {"difference": 0.031}))
    service.store.model_changes.retire(used, ChangeNote("Ben"))
    assert (states()["random"], states()["newer"]) == ("retired", "in_use")
    page = client.get("/models").text
    assert all(f">{word}</span>" in page for word in ("in use", "retired"))
    assert all(word in page for word in ("Ann", "more films", "macro AP +0.031", "Ben", "promoted"))
    service.store.model_changes.roll_back(ChangeNote("Ann"))
    service.store.model_changes.roll_back(ChangeNote("Ann"))
    assert (states()["random"], states()["newer"]) == ("in_use", "candidate")
    changes = client.get("/v1/models/changes").json()["changes"]
    assert [change["action"] for change in changes][:4] == ["rollback", "rollback", "retire", "promote"]
    assert (changes[3]["figures"], changes[3]["why"]) == ({"difference": 0.031}, "more films")


def test_models_are_listed_with_what_is_known_of_them(client: httpx.Client) -> None:
    models = {model["name"]: model for model in client.get("/v1/models").json()["models"]}
    assert (models["random"]["active"], models["random"]["genres"]) == (True, list(GENRES))
    assert len(models["random"]["thresholds"]) == len(GENRES)


def test_the_house_taxonomy_is_read_by_version(client: httpx.Client, service: Service) -> None:
    assert client.get("/v1/taxonomy").json()["code"] == "not_found"
    for genres in (("Crime",), ("Crime", "Thriller")):
        service.store.taxonomies.add(Taxonomy({"Krimi": genres, "Neuheit": ()}), name="words.csv")
    found = client.get("/v1/taxonomy").json()
    assert (found["version"], found["name"]) == (2, "words.csv")
    assert found["words"] == [{"word": "Krimi", "genres": ["Crime", "Thriller"]}, {"word": "Neuheit", "genres": []}]
    assert client.get("/v1/taxonomy?version=1").json()["words"][0]["genres"] == ["Crime"]
    assert [client.get(f"/v1/taxonomy?version={version}").status_code for version in (3, 0, "x")] == [404, 422, 422]


def test_a_review_may_be_in_words_of_the_house(client: httpx.Client, service: Service) -> None:
    service.store.taxonomies.add(Taxonomy({"Gruselkrimi": ("Horror", "Mystery")}), name="words.csv")
    address = f"/v1/trailers/{IDS[1]}/review"
    body = {"decisions": {"Gruselkrimi": "add"}, "reasons": {"Gruselkrimi": "it is dark"}}
    answer = client.post(address, json=body)
    assert (answer.status_code, answer.json()["decisions"]) == (201, {"Horror": "add", "Mystery": "add"})
    assert answer.json()["reasons"] == {"Horror": "it is dark", "Mystery": "it is dark"}
    refused = client.post(address, json={"decisions": {"Gruselkomödie": "add"}})
    assert (refused.status_code, "'Gruselkomödie' is not a known genre" in refused.json()["message"]) == (422, True)


def test_a_description_that_was_read_is_on_the_trailers_page_with_its_words(
    client: httpx.Client, service: Service
) -> None:
    page = f"/trailers/{FIRST}"
    change = {"$set": {"source.description": "Subscribe: https://x.example\nTwo men tell a joke."}}
    service.store._access.database["trailers"].update_one({"_id": FIRST}, change)
    assert "tell a" not in client.get(page).text
    prediction = service.store.predictions.latest(FIRST)
    assert prediction is not None
    word = DrivingWord(prediction.genres[0].genre, "joke", 1.0)
    described = replace(prediction, modalities=("trailer", "description"), words=(word,))
    service.store.predictions.save(FIRST, described, inputs={"description": "0"})
    html = client.get(page).text
    assert "Two men tell a <mark>joke</mark>." in html
    assert "x.example" not in html
    assert "Based on: frames, description." in html


def test_what_was_said_is_on_the_trailers_page_where_it_was_read(client: httpx.Client, service: Service) -> None:
    page = f"/trailers/{FIRST}"
    said = {
        "text": "Subscribe now! Zwei Männer erzählen einen Witz.",
        "language": "de",
        "made_by": "w",
        "video_sha256": "",
    }
    service.store._access.database["trailers"].update_one({"_id": FIRST}, {"$set": {"speech": said}})
    assert "Männer" not in client.get(page).text
    prediction = service.store.predictions.latest(FIRST)
    assert prediction is not None
    heard = replace(prediction, modalities=("trailer", "speech"))
    service.store.predictions.save(FIRST, heard, inputs={"speech": "0"})
    html = client.get(page).text
    assert "what is said in the trailer was read (de)" in html
    assert "Zwei Männer erzählen einen Witz." in html
    assert "Based on: frames, speech." in html


def test_a_genre_without_evidence_has_no_frame_and_the_page_says_which_genres_can_have_one(
    client: httpx.Client, service: Service
) -> None:
    prediction = service.store.predictions.latest(FIRST)
    assert prediction is not None
    for evidence in (prediction.evidence[1:], ()):
        service.store.predictions.save(FIRST, replace(prediction, evidence=evidence), inputs={})
        html = client.get(f"/trailers/{FIRST}").text
        assert html.count('class="stretch"') == len(evidence)
        assert "one without is raised by no stretch, or by something else" in html


def test_the_figures_of_a_placed_model_are_said_to_be_those_of_its_trailers(
    client: httpx.Client, service: Service
) -> None:
    (starter,) = [record for record in list_models(service.store) if record.placed_on]
    page = client.get(f"/models/{starter.model_id}").text
    assert "On 52 trailers of 47 films, each read by a placement that had not seen it" in page
    assert "on 52 trailers of 47 films" in client.get("/models").text
