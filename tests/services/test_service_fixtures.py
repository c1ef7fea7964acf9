"""The fixtures start what they promise."""

import redis


def test_redis_answers(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("evenhand:test", b"1")

        assert client.get("evenhand:test") == b"1"
