from db.queue.requests import KEPT_S, KeptRequest, Requests
from db.store import Store


def test_a_request_that_comes_again_is_told_of_the_first(store: Store) -> None:
    requests: Requests = store.requests
    assert requests.begin("key", body_sha256="a") is None
    assert requests.begin("key", body_sha256="b") == KeptRequest("a", None)
    requests.answered("key", "job")
    assert requests.begin("key", body_sha256="a") == KeptRequest("a", "job")


def test_requests_are_forgotten_after_a_day(store: Store) -> None:
    indexes = store._access.database["requests"].index_information()
    assert indexes["created_at_1"]["expireAfterSeconds"] == KEPT_S == 86_400
