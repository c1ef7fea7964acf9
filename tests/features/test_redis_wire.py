"""What the wire to Redis does when answers come in pieces, late, as refusals, or not at all."""

import datetime
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from features.redis_wire import RedisWire
from features.state_store import StateStoreError

Passed = Callable[[bytes], bool]  # what the relay does with bytes of the client: pass on, or not


@contextmanager
def relay(
    url: str, *, piece: int = 65_536, passes: Passed = lambda _: True,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:  # fmt: skip
    """Stand between a wire and the server: answers go on in pieces; what is not passed is lost."""
    port = int(url.rpartition(":")[2].partition("/")[0])
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", port)) as server,
            tls.wrap_socket(client, server_side=True) if tls else client as heard,
        ):
            passed_on(heard, server, piece, passes)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],)).start()

    threading.Thread(target=accept).start()
    try:
        yield f"{'rediss' if tls else 'redis'}://127.0.0.1:{listener.getsockname()[1]}/31"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def passed_on(client: socket.socket, server: socket.socket, piece: int, passes: Passed) -> None:
    """Pass on what comes until the client hangs up."""
    while True:
        ready = select.select([client, server], [], [])[0]
        if client in ready:
            while asked := client.recv(65_536):
                if passes(asked):
                    server.sendall(asked)
                if not (isinstance(client, ssl.SSLSocket) and client.pending()):
                    break
            if not asked:
                return
        if server in ready:
            client.sendall(server.recv(piece))


def test_answers_that_come_in_pieces_are_put_together_in_their_order(states_redis_url: str) -> None:
    with relay(states_redis_url, piece=7) as url:
        wire = RedisWire(url)
        asked = [("SET", "k", b"x" * 500), ("GET", "k"), ("GET", "none"), ("MGET", "none", "k")]

        assert wire.ask(asked) == [b"OK", b"x" * 500, None, [None, b"x" * 500]]
        wire.close()


def test_a_refused_command_says_why_and_the_next_question_has_its_own_answer(
    states_redis_url: str,
) -> None:
    wire = RedisWire(states_redis_url)

    with pytest.raises(StateStoreError, match=r"127\.0\.0\.1.*WRONGTYPE"):
        wire.ask([("SET", "k", 1), ("LPUSH", "k", 2), ("SET", "k", 3)])

    assert wire.ask([("GET", "k")]) == [b"3"]
    wire.close()


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_told(
    states_redis_url: str,
) -> None:
    with relay(states_redis_url, passes=lambda heard: b"silence" not in heard) as url:
        wire = RedisWire(url, timeout_s=0.15)

        with pytest.raises(StateStoreError, match="no answer in time"):
            wire.ask([("GET", "silence")])

        assert wire.ask([("PING",)]) == [b"PONG"]  # of a new connection
        wire.close()


def test_an_answer_that_comes_after_its_question_was_given_up_is_nobodys(
    states_redis_url: str,
) -> None:
    with relay(states_redis_url) as url:
        wire = RedisWire(url, timeout_s=0.15)

        with pytest.raises(StateStoreError):
            wire.ask([("BLPOP", "never", "0.2")])

        assert wire.ask([("ECHO", "mine")]) == [b"mine"]
        wire.close()


def test_a_wrong_password_is_told_without_it(states_redis_url: str) -> None:
    wire = RedisWire(states_redis_url.replace("redis://", "redis://:secret@"))

    with pytest.raises(StateStoreError, match="AUTH") as met:
        wire.ask([("PING",)])

    assert "secret" not in str(met.value)


def test_what_is_asked_over_tls_is_answered(states_redis_url: str, tmp_path: Path) -> None:
    served, kept = certified(tmp_path)
    with relay(states_redis_url, piece=30_000, tls=served) as url:
        wire, blobs = RedisWire(f"{url}?ssl_ca_certs={kept}"), [b"%d" % i * 9_000 for i in range(9)]

        assert wire.ask([("SET", f"k{i}", blob) for i, blob in enumerate(blobs)]) == [b"OK"] * 9
        assert wire.ask([("MGET", *(f"k{i}" for i in range(9)))]) == [blobs]
        wire.close()


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS for 127.0.0.1, and where its certificate is kept."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    at = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(at, critical=True)
        .sign(key, hashes.SHA256())
    )
    kept, secret = folder / "certificate.pem", folder / "key.pem"
    kept.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(kept, secret)
    return context, kept
