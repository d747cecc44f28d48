"""The page and the API under test: the real application on a real server in this process, over a home of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import uvicorn

from db.embedded.share import EmbeddedMongod
from db.queue.claims import Where
from db.queue.job_records import Claim, Inputs, JobError
from db.records import Source, Trailer, VideoRecord
from extractor.features import FrameFeatures, Provenance
from extractor.networks.weights import given_weights
from tests.support.models import make_model, put_to_use
from web.application import create_app
from web.service import Service
from web.serving import make_config
from worker.predicting.planning import plan_predictions
from worker.predicting.prediction import predict
from worker.runtime import Runtime
from worker.service.web_listening import listen
from worker.service.web_settings import WebSettings
from worker.settings import Settings, read_settings


@contextmanager
def open_service(settings: Settings, web: WebSettings) -> Iterator[tuple[Service, str]]:
    """Serve on a free port; give the service and its address."""
    with Runtime(settings, patience_s=2) as runtime:
        service = Service(runtime, web)
        listener = listen(web.model_copy(update={"host": "127.0.0.1", "port": 0}))
        server = uvicorn.Server(make_config(create_app(service), web, stop_s=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        _wait_for(server)
        try:
            yield service, url
        finally:
            server.should_exit = True
            thread.join(timeout=60)
            listener.close()


def _wait_for(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)


def make_settings(home: Path, server: EmbeddedMongod | None = None) -> Settings:
    """Return settings of a home whose weights are no network, with its own database or the one of a server."""
    home.mkdir(parents=True, exist_ok=True)
    weights = home / "cheap.h5"
    weights.write_bytes(b"no network")
    return read_settings(
        {
            "TRAILERS_HOME": str(home),
            "TRAILERS_WEIGHTS": str(weights),
            "TRAILERS_MAX_DOWNLOAD_MB": "50",
            "TRAILERS_BACKBONE": "inception_v3",
            "MONGODB_URI": server.uri if server else "",
        }
    )


def give_model(service: Service) -> str:
    """Have a model judge trailers; return its features_id."""
    features_id = given_weights(service.settings.weights or Path()).features_id
    put_to_use(service.store, make_model(features_id))
    return features_id


def client_of(url: str, **headers: str) -> httpx.Client:
    """Return a client of the service."""
    return httpx.Client(base_url=url, headers=headers, timeout=60)


def store_trailer(service: Service, trailer_id: str, *, title: str = "A trailer", n_frames: int = 30) -> str:
    """Store a made-up trailer with features and a verdict by the model in use; return that model's id."""
    site, _, video_id = trailer_id.partition(":")
    features_id = service.runtime.known_features_id()
    seed = int.from_bytes(trailer_id.encode()[-6:], "big")
    vectors = np.random.default_rng(seed).gamma(0.5, 0.8, (n_frames, 2048)).astype(np.float32)
    made_by = Provenance("inception_v3", "00", "r1", "float32", {})
    features = FrameFeatures(features_id, vectors, np.arange(n_frames, dtype=np.float64), made_by)
    source = Source(f"https://www.youtube.com/watch?v={video_id}", site, video_id, title, "A studio")
    video = VideoRecord(float(n_frames), 640, 360, 24.0, "h264", 1000, video_id.ljust(64, "0"))
    service.store.features.save(trailer_id, features)
    service.store.trailers.save(Trailer(trailer_id, source, video))
    (planned,) = plan_predictions(service.runtime, [(trailer_id, Inputs())], features_id=features_id)
    predict(service.runtime, planned, features)
    return planned.basis.model_id


def fail_next(service: Service, error: JobError) -> None:
    """Have the job that comes next fail, once and for all."""
    where = Where("download", scratch="here")
    job = service.store.claims.claim(where, token="token", owner="test", lease_s=60, again=False)
    assert job is not None
    service.store.claims.fail(Claim(job.job_id, "token"), error, wait_s=0)
