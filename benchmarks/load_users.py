"""People at the page and the API, as locust plays them: only locust imports this, in a process of its own.

Each submits a made-up link, polls its job every second until it is finished, and looks around. One in ten asks twice:
for the same link again, or with an idempotency key that came before; both must be the same job.
"""

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

from benchmarks.load_times import OUT

POLL_S = 1.0
PATIENCE_S = 120.0
ONE_IN = 10  # asks twice
FINISHED = ("done", "failed", "cancelled", "dead")
ACCEPTED: dict[str, float | None] = {}  # seconds until they were finished by job_id, None where nobody saw that


class Visitor(FastHttpUser):
    """Somebody who submits a trailer, waits for it, and looks at what there is."""

    wait_time = between(0.5, 1.5)

    @task
    def analyse(self) -> None:
        """Submit, poll, look around."""
        link = f"https://www.youtube.com/watch?v={secrets.token_urlsafe(8)}"
        job = self._submit_twice(link) if secrets.randbelow(ONE_IN) == 0 else self._submit(link)
        if job is None:
            return
        self._poll(job["job_id"])
        self._look_around()

    def _submit_twice(self, link: str) -> Any:
        headers = {"Idempotency-Key": secrets.token_hex(8)} if secrets.randbelow(2) else {}
        name = "POST /v1/jobs, same key" if headers else "POST /v1/jobs, same link"
        first = self._submit(link, headers=headers)
        return first and self._submit(link, headers=headers, name=name, expect=first["job_id"])

    def _submit(
        self, link: str, *, headers: dict[str, str] | None = None, name: str = "POST /v1/jobs", expect: str = ""
    ) -> Any:
        """Return the job, None where the answer is none."""
        asked = self.client.request(
            "POST", "/v1/jobs", name=name, json={"source": link}, headers=headers, catch_response=True
        )
        with asked as answer:
            if answer.status_code not in (200, 202):
                answer.failure(f"status {answer.status_code}: {answer.text}")
                return None
            job = answer.json()
            if expect not in ("", job["job_id"]):
                answer.failure(f"another job for the same request: {job['job_id']}, not {expect}")
        ACCEPTED.setdefault(job["job_id"], None)
        return job

    def _poll(self, job_id: str) -> None:
        """Look at a job until it is finished, and note when that was."""
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE_S:
            answer = self.client.get(f"/v1/jobs/{job_id}", name="GET /v1/jobs/{id}")
            stage = answer.json()["stage"] if answer.status_code == 200 else ""
            if stage in FINISHED:
                ACCEPTED[job_id] = time.monotonic() - begun
                return
            time.sleep(POLL_S)

    def _look_around(self) -> None:
        page = {"Accept": "text/html"}
        listed = self.client.get("/v1/trailers?limit=20", name="GET /v1/trailers")
        self.client.get("/v1/jobs?limit=20", name="GET /v1/jobs")
        self.client.get("/library", name="GET /library", headers=page)
        if listed.status_code == 200:
            trailer_id = secrets.choice(listed.json()["trailers"])["trailer_id"]
            self.client.get(f"/v1/trailers/{trailer_id}", name="GET /v1/trailers/{id}")
            self.client.get(f"/trailers/{trailer_id}", name="GET /trailers/{id}", headers=page)


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def write_down(environment: Environment, **_: Any) -> None:
    """Leave what was measured for the benchmark: of each request its times in ms and its errors, and all jobs."""
    entries = [
        {
            "name": entry.name,
            "times": {str(ms): n for ms, n in entry.response_times.items()},
            "n_errors": entry.num_failures,
        }
        for entry in environment.stats.entries.values()
    ]
    errors = [f"{error.name}: {error.error} ({error.occurrences} times)" for error in environment.stats.errors.values()]
    written = {"entries": entries, "errors": errors, "accepted": ACCEPTED}
    Path(os.environ[OUT]).write_text(json.dumps(written))
