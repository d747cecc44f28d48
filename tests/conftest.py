"""Shared fixtures: real data where it is, a database and a home that each test finds empty."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from db.embedded.share import EmbeddedMongod, start
from db.store import Store
from extractor.networks.backbone import nothing
from tests.support.cheap_work import CheapBackbone
from tests.support.homes import Command, Home, empty, open_home
from tests.support.memory_folder import has_room, memory_folder
from tests.support.networks import save_random
from tests.support.videos import make_clip
from worker.inference.capacity import cores
from worker.runtime import Runtime
from worker.settings import read_settings

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
MAX_PROCESSES = 4  # 2.6 GB each in the end, most of it TensorFlow's
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
# Each run tries the same examples, however slow the machine; --hypothesis-profile=default tries others.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep the files of a run in memory where there is room; processes that share the cores start no more threads."""
    if config.getoption("numprocesses", None):  # before they start: NumPy asks once, when it is imported
        os.environ.update(dict.fromkeys(THREADS, "1"))
    if not IS_WORKER and not config.option.basetemp and has_room():
        with ExitStack() as undo:
            config.option.basetemp = str(undo.enter_context(memory_folder()))
            config.add_cleanup(undo.pop_all().close)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than cores, for many tests wait, few enough for the memory; none for a single file."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    return 0 if named and len(config.args) == 1 else min(cores() + 1, MAX_PROCESSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of many slow tests, so that in the end no process waits for another's long file."""
    n_slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -n_slow[item.path])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real posters, videos and weights; skips the test where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real data (../shared/data) is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of inputs that people really have, with what is right for each; skips the test without it."""
    if not (folder := SHARED.parent / "cases").is_dir():
        pytest.skip("the cases (../shared/cases) are not on this machine")
    return folder


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
def mobilenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a small network of Keras."""
    return save_random("MobileNet", tmp_path_factory.mktemp("weights") / "mobilenet.weights.h5")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of two seconds."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=2)


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of 400 small seconds."""
    folder = tmp_path_factory.mktemp("long")
    return make_clip(folder / "long.mp4", seconds=400, size="160x120", options=["-preset", "ultrafast"])


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home whose mongod all tests share that neither stop it nor care whose it is."""
    with open_home(tmp_path_factory.mktemp("home")) as home:
        yield home


@pytest.fixture(scope="module")
def server(shared_home: Home) -> Iterator[EmbeddedMongod]:
    """A real mongod whose database of trailers is empty when the first test of a file comes."""
    shared_home.empty()
    with start(shared_home.folder) as share:
        yield share


@pytest.fixture
def store(server: EmbeddedMongod) -> Iterator[Store]:
    """An empty store."""
    with Store.connect(server.uri, database="test") as store:
        empty(store)
        yield store


@pytest.fixture
def home(shared_home: Home) -> Home:
    """A home where nothing is stored, whose database runs."""
    shared_home.empty()
    return shared_home


@pytest.fixture
def run(home: Home, nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Our command on that home."""
    home.use(monkeypatch)
    return Command(capsys)


@pytest.fixture
def runtime(home: Home) -> Iterator[Runtime]:
    """The runtime of that home, with a network that costs nothing."""
    settings = {"TRAILERS_HOME": str(home.folder), "TRAILERS_WEIGHTS": str(home.weights)}
    with Runtime(read_settings(settings)) as runtime:
        runtime.network = CheapBackbone(runtime.weights, nothing)  # type: ignore[assignment]
        yield runtime


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder without a .env file, and no settings from outside."""
    for name in ("TRAILERS_HOME", "TRAILERS_WEIGHTS", "TRAILERS_BACKBONE", "MONGODB_URI", "TRAILERS_MAX_DURATION_S"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
