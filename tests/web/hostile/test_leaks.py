"""Mistakes of ours: nothing of this machine is told."""

import re

import httpx
import pytest

from db.library import Library
from db.queue.job_records import JobError
from db.queue.jobs import Jobs
from db.queue.requests import Requests
from tests.support.web_service import fail_next
from web.service import Service

TOKEN = "token-that-nobody-may-see"
LINK = {"source": "https://youtu.be/dQw4w9WgXcQ"}  # of no stored trailer
SECRET = "mongodb://root:pa55word@10.1.2.3/ in '/home/anna/private/x.py', token-that-nobody-may-see"


@pytest.mark.parametrize(
    ("owner", "method", "path"),
    [
        (Jobs, "list", "/v1/jobs"),
        (Jobs, "get", f"/v1/jobs/{'0' * 24}"),
        (Jobs, "submit", "/v1/jobs"),
        (Library, "find", "/v1/trailers"),
        (Library, "find", "/library"),
        (Requests, "begin", "/v1/jobs"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_mistake_of_ours_tells_nothing_of_this_machine(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, owner: type, method: str, path: str, accept: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(owner, method, fail)
    headers = {"Accept": accept, "Idempotency-Key": "k"}
    sent = owner is Requests or method == "submit"
    answer = client.post(path, json=LINK, headers=headers) if sent else client.get(path, headers=headers)
    assert answer.status_code == 500
    for secret in ("pa55word", "10.1.2.3", "mongodb", "anna", "private", TOKEN, "RuntimeError", "Traceback", ".py"):
        assert secret not in answer.text, secret
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.search("under reference [0-9a-f]{8}", answer.text)
    if path.startswith("/v1/"):
        assert answer.json()["code"] == "internal"


def test_a_jobs_mistake_is_told_neither_in_its_error_nor_in_its_history(client: httpx.Client, service: Service) -> None:
    job = client.post("/v1/jobs", json=LINK).headers["Location"]
    fail_next(service, JobError("internal", "permanent", SECRET))
    for path in (job, "/v1/jobs"):
        told = client.get(path).text
        assert '"internal"' in told
        assert not [secret for secret in ("pa55word", "10.1.2.3", "anna", TOKEN) if secret in told]
