"""What several test files share: the real data where it is, a small home of their own where not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.embedded.share import EmbeddedMongod, start
from tests.support.videos import make_clip

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real posters, videos and weights; skips the test where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real data (../shared/data) is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inception-V3 weights: the real ones where they are, else random ones of the same shape."""
    real = SHARED / "weights" / "inception_v3_2015_reconstructed.weights.h5"
    if real.is_file():
        return real
    import keras

    path = tmp_path_factory.mktemp("weights") / "random.weights.h5"
    keras.utils.set_random_seed(0)
    keras.applications.InceptionV3(weights=None, include_top=False, pooling="avg").save_weights(path)
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of two seconds."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=2)


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of 400 small seconds."""
    folder = tmp_path_factory.mktemp("long")
    return make_clip(folder / "long.mp4", seconds=400, size="160x120", options=["-preset", "ultrafast"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongod]:
    """A real mongod."""
    with start(tmp_path_factory.mktemp("home")) as share:
        yield share


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder without a .env file, and no settings from outside."""
    for name in ("TRAILERS_HOME", "TRAILERS_WEIGHTS", "TRAILERS_BACKBONE", "MONGODB_URI", "TRAILERS_MAX_DURATION_S"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
