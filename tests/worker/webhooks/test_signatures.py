import time

import pytest

from tests.support.receiver import SECRET
from worker.webhooks.signatures import sign, verify

BODY = b'{"event": "job.done"}'


def test_a_signature_is_known_by_its_secret_its_body_and_its_time() -> None:
    now = int(time.time())
    signature = sign(BODY, timestamp=now, secret=SECRET)
    assert verify(BODY, timestamp=str(now), signature=signature, secret=SECRET)
    assert not verify(BODY, timestamp=str(now), signature=signature, secret=SECRET + "x")
    assert not verify(BODY + b" ", timestamp=str(now), signature=signature, secret=SECRET)
    assert not verify(BODY, timestamp=str(now + 1), signature=signature, secret=SECRET)


def test_what_was_signed_long_ago_or_is_of_another_time_is_refused() -> None:
    for timestamp in (int(time.time()) - 301, int(time.time()) + 310):
        signature = sign(BODY, timestamp=timestamp, secret=SECRET)
        assert not verify(BODY, timestamp=str(timestamp), signature=signature, secret=SECRET)
        assert verify(BODY, timestamp=str(timestamp), signature=signature, secret=SECRET, tolerance_s=600)


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1.5", "²", "9" * 5000])
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    assert not verify(BODY, timestamp=timestamp, signature="v1=00", secret=SECRET)


@pytest.mark.parametrize("signature", ["", "v1=", "é", "v1=é", "\udcff"])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    assert not verify(BODY, timestamp=str(int(time.time())), signature=signature, secret=SECRET)


def test_the_signature_is_what_openssl_says() -> None:  # printf '1700000000.{}' | openssl dgst -sha256 -hmac ...
    signature = sign(b"{}", timestamp=1_700_000_000, secret="0123456789abcdef")
    assert signature == "v1=e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e"
