"""Values that are odd or mean harm: they are refused, and nothing comes of them."""

import json

import httpx
import pytest

from web.service import Service

LINK = {"source": "https://youtu.be/dQw4w9WgXcQ"}  # of no stored trailer
JSON = {"Content-Type": "application/json"}
TRAILER = "youtube:eRsGyueVLvQ"


INJECTED: tuple[object, ...] = ({"$ne": None}, {"$gt": ""}, {"$where": "sleep(9999)"}, [{"$ne": 1}], True, 1, 1.5, None)


@pytest.mark.parametrize("value", INJECTED)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/jobs", "source"),
        ("/v1/jobs", "plot"),
        ("/v1/jobs", "poster"),
        ("/v1/jobs", "priority"),
        ("/v1/jobs", "webhook"),
        ("/v1/plots/predict", "plot"),
        (f"/v1/trailers/{TRAILER}/review", "decisions"),
        (f"/v1/trailers/{TRAILER}/review", "note"),
        (f"/v1/trailers/{TRAILER}/review", "seen"),
        (f"/v1/trailers/{TRAILER}/review/undo", "review_id"),
        ("/v1/reviews/assign", "to"),
        ("/v1/reviews/assign", "q"),
        ("/v1/reviews/assign", "second_opinion"),
        ("/v1/batches/20261121-6f1c2a9b/retry", "code"),
    ],
)
def test_an_operator_is_no_value_anywhere(client: httpx.Client, path: str, field: str, value: object) -> None:
    base = LINK if path == "/v1/jobs" else {"decisions": {"Drama": "add"}} if path.endswith("review") else {}
    may_be_left_out = value is None and field not in ("source", "priority", "decisions")
    if (may_be_left_out and path != "/v1/plots/predict") or (field == "priority" and value == 1):
        return
    answer = client.post(path, json={**base, field: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text


@pytest.mark.parametrize(
    "value", ["$ne", "[$ne]=1", "{'$gt': ''}", "\x00", "a\r\nb", "..%2f", "\ud7ff\uffff", "🎬" * 500]
)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs?stage=",
        "/v1/jobs?code=",
        "/v1/jobs?limit=",
        "/v1/batches?limit=",
        "/v1/trailers?sort=",
        "/v1/reviews/queue?order=",
        "/v1/reviews/queue?cursor=",
        "/jobs?page=",
    ],
)
def test_an_operator_is_no_parameter(client: httpx.Client, path: str, value: str) -> None:
    place, _, name = path.rstrip("=").partition("?")
    answer = client.get(place, params={name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs/{}",
        "/v1/jobs/{}/events",
        "/v1/batches/{}",
        "/v1/batches/{}/rows",
        "/v1/trailers/{}",
        "/v1/trailers/{}/similar",
        "/v1/trailers/{}/features.npy",
        "/trailers/{}",
        "/trailers/{}/cover.jpg",
        "/trailers/{}/filmstrip.jpg",
        "/trailers/{}/stills/0.webp",
        "/posters/{}.webp",
        "/batches/{}",
        "/static/{}",
    ],
)
def test_a_path_leads_nowhere_but_to_what_it_names(client: httpx.Client, path: str) -> None:
    for part in (
        *("$ne", "..", "../..", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fguard.py", "..%5c..%5cguard.py"),
        *("%00", "%0d%0aX-Evil:%201", "%c0%ae%c0%ae", "%ff", "%ed%a0%80", "a" * 4000, "{$ne:1}", "//etc/passwd", ""),
    ):
        answer = client.get(path.format(part), headers={"Accept": "application/json"}, follow_redirects=True)
        assert answer.status_code in (404, 422, 405, 200), part
        assert answer.status_code != 200 or part.startswith("..") or not part, part  # they lead up among our addresses
        assert "root:" not in answer.text
        assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    "data",
    [
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": 1e999}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": NaN}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": -Infinity}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": 1%s}' % (b"0" * 400),
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": 1%s}' % (b"0" * 20_000),
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\\ud800"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "\\ud800": 1}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\xc0\xae"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\xed\xa0\x80"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\x00"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "source": {"$ne": 1}}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": %s1%s}' % (b"[" * 20_000, b"]" * 20_000),
        b'{"a": ' * 9000,
        b"null",
        b"\xef\xbb\xbf{}",
    ],
)
def test_json_that_is_odd_is_refused_and_nothing_comes_of_it(
    client: httpx.Client, service: Service, data: bytes
) -> None:
    answer = client.post("/v1/jobs", content=data, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    assert set(answer.json()) == {"code", "message", "job_id", "fields"}
    assert service.store.jobs.count_open("local", at_most=9) == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "x" * 3000])
def test_json_comes_as_json_only(client: httpx.Client, service: Service, kind: str) -> None:
    """A form of another site's page can send these types without asking."""
    answer = client.post("/v1/jobs", content=json.dumps(LINK), headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert service.store.jobs.count_open("local", at_most=9) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "k\xe9y"])
def test_an_idempotency_key_is_a_short_plain_text(client: httpx.Client, key: str) -> None:
    answer = client.post("/v1/jobs", json=LINK, headers={b"Idempotency-Key": key.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
