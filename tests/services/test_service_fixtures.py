"""The fixtures start what they promise."""

import psycopg
import redis
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.services.kafka_broker import KafkaBroker


def test_redis_answers(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("evenhand:test", b"1")

        assert client.get("evenhand:test") == b"1"


def test_kafka_keeps_its_topics_when_it_is_restarted(kafka_broker: KafkaBroker) -> None:
    admin = AdminClient({"bootstrap.servers": kafka_broker.bootstrap})
    admin.create_topics([NewTopic("kept", 3, 1)])["kept"].result(30)

    kafka_broker.kill()
    kafka_broker.start()

    assert len(admin.list_topics("kept", timeout=30).topics["kept"].partitions) == 3


def test_every_test_gets_a_postgresql_database_of_its_own(
    postgres_url: str, fresh_postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as shared, psycopg.connect(fresh_postgres_url) as own:
        assert shared.info.dbname == "evenhand"
        assert own.info.dbname != "evenhand"
        assert own.info.server_version >= 150_000
