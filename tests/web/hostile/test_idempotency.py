"""Requests under one key, at once and after a refusal: one of them is met."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from web import job_submission
from web.service import Service

LINK = {"source": "https://youtu.be/dQw4w9WgXcQ"}  # of no stored trailer


def test_a_refused_request_leaves_its_key_free(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "once"}
    assert client.post("/v1/jobs", json={"source": "https://example.org/"}, headers=key).status_code == 422
    answer = client.post("/v1/jobs", json=LINK, headers=key)
    assert answer.status_code == 202
    assert client.post("/v1/jobs", json={**LINK, "priority": 1}, headers=key).status_code == 409


def test_equal_requests_at_once_under_one_key_are_one_job(client: httpx.Client, service: Service) -> None:
    def ask(number: int) -> httpx.Response:
        return client.post("/v1/jobs", json=LINK, headers={"Idempotency-Key": f"key {number // 12}"})

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(36)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    assert service.store.jobs.count_open("local", at_most=9) == 1


def test_of_different_requests_at_once_under_one_key_one_is_met(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(8)
    create_job = job_submission.create_job

    def ask(number: int) -> httpx.Response:
        together.wait()
        source = {"source": f"https://youtu.be/video{number:06}"}
        return client.post("/v1/jobs", json=source, headers={"Idempotency-Key": "one"})

    def slow(*arguments: object) -> object:
        time.sleep(0.3)
        return create_job(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("web.api.jobs.create_job", slow)
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(ask, range(8)))
    assert statuses == [202] + [409] * 7
    assert service.store.jobs.count_open("local", at_most=9) == 1
