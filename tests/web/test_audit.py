from typing import Any

import httpx
import pytest

from tests.support.audits.library import TOO_FEW, TOO_MANY, N, add_film, fill_library
from web.service import Service

URL = "/v1/audit"


@pytest.fixture(autouse=True)
def films(service: Service) -> None:
    fill_library(service.store)
    service._audit = None  # made for what an earlier test had stored


def findings(client: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = client.get(URL, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def decisions(found: list[dict[str, Any]], decision: str) -> dict[str, Any]:
    kept = ("trailer_id", "tags", "suggestion")
    return {"decisions": [{**{name: each[name] for name in kept}, "decision": decision} for each in found]}


def test_the_likeliest_mistakes_are_listed_first_page_by_page(client: httpx.Client) -> None:
    whole = findings(client)
    assert (whole["audited"], whole["without_tags"], whole["without_prediction"], whole["next"]) == (N, 1, 1, None)
    assert {each["trailer_id"] for each in whole["findings"][:2]} == {TOO_MANY, TOO_FEW}
    paged: list[dict[str, Any]] = []
    cursor = None
    while len(paged) < N:
        page = findings(client, limit=7, **({"cursor": cursor} if cursor else {}))
        paged += page["findings"]
        cursor = page["next"]
    assert (paged, cursor) == (whole["findings"], None)


def test_decisions_become_reviews_at_once_and_the_same_again_changes_nothing(client: httpx.Client) -> None:
    found = findings(client)["findings"]
    body = {"decisions": decisions(found[:2], "accept")["decisions"] + decisions(found[2:3], "dismiss")["decisions"]}
    answer = client.post(f"{URL}/decisions", json=body)
    assert answer.status_code == 200
    assert [each["status"] for each in answer.json()["results"]] == ["reviewed"] * 3
    for each, tags in zip(found, (found[0]["suggestion"], found[1]["suggestion"], found[2]["tags"]), strict=False):
        labels = client.get(f"/v1/trailers/{each['trailer_id']}").json()["labels"]
        assert (set(labels["genres"]), labels["source"]) == (set(tags), "review")
    assert len(findings(client)["findings"]) == N - 3  # though the audit itself is older
    again = client.post(f"{URL}/decisions", json=body).json()["results"]
    assert [(each["status"], each["review_id"]) for each in again] == [("unchanged", None)] * 3


def test_what_cannot_be_decided_is_told_beside_what_can(client: httpx.Client, service: Service) -> None:
    found = findings(client)["findings"]
    add_film(service.store, int(found[0]["trailer_id"][-2:]), tags=("War",), scores={"War": 0.5})
    found[2]["trailer_id"], found[3]["suggestion"] = "youtube:nobodyknows", ["Nonsense"]
    results = client.post(f"{URL}/decisions", json=decisions(found[:4], "accept")).json()["results"]
    assert [each["status"] for each in results] == ["outdated", "reviewed", "not_found", "unknown_genre"]
    assert all(bool(each["message"]) != bool(each["review_id"]) for each in results)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decisions": []},
        {"decisions": [{"trailer_id": TOO_MANY, "decision": "perhaps", "tags": [], "suggestion": []}]},
        {"decisions": [{"trailer_id": "../x", "decision": "accept", "tags": [], "suggestion": []}]},
        {"decisions": [{"trailer_id": TOO_MANY, "decision": "accept", "tags": ["$where"], "suggestion": []}]},
        {"decisions": [{"trailer_id": TOO_MANY, "decision": "dismiss", "tags": [], "suggestion": []}] * 201},
    ],
)
def test_decisions_that_are_none_are_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    answer = client.post(f"{URL}/decisions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"genre": "$where"}, {"other": 1}])
def test_parameters_that_are_none_are_refused(client: httpx.Client, params: dict[str, Any]) -> None:
    assert client.get(URL, params=params).status_code == 422


def test_the_page_shows_a_finding_with_what_to_take_away(client: httpx.Client) -> None:
    page = client.get("/audit", params={"genre": "Horror", "reviewed": ""})
    assert page.status_code == 200
    assert page.text.index(TOO_MANY) < page.text.index("Next page" if "Next page" in page.text else "Accept selected")
    assert 'class="chip removed"' in page.text
    assert client.get("/audit", params={"reviewed": "perhaps"}).status_code == 422
