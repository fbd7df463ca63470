"""A receiver may be slow, huge, lying or not what it seems: a call ends in time, and goes where it may go only."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

import pytest

from consumers import webhook_call
from consumers.webhook_call import WebhookCaller
from consumers.webhook_schedule import Answer
from core.consuming.endpoints import new_secret
from core.events.tracing import new_traceparent
from tests.support.hostile_server import hostile_server, simple
from tests.support.receiver import webhook_receiver
from tests.support.waiting import PATIENCE_S

SECRET = new_secret()
TRACEPARENT = new_traceparent()


@dataclass
class Owed:
    url: str
    event_id: str = "0199b2c0-0000-7000-8000-000000000001"
    endpoint_id: str = "endpoint-1"
    body: bytes = '{"type":"LinkCreated.v1","data":{"title":"ü"}}'.encode()
    traceparent: str = TRACEPARENT


def call(url: str, *, private: bool = True) -> Answer:
    return WebhookCaller({"endpoint-1": SECRET}.get, allow_private_targets=private).call(Owed(url))


def test_a_call_is_signed_as_the_standard_wants_it() -> None:
    with webhook_receiver() as receiver:
        receiver.secret = SECRET

        answer = call(receiver.url)

    assert receiver.refused == []
    assert receiver.ids == ["0199b2c0-0000-7000-8000-000000000001"]
    assert receiver.received == [{"type": "LinkCreated.v1", "data": {"title": "ü"}}]
    assert receiver.headers[0]["traceparent"] == TRACEPARENT
    assert receiver.headers[0]["content-type"] == "application/json"
    assert (answer.status, answer.error, answer.delivered) == (204, None, True)


def test_another_secret_does_not_verify() -> None:
    with webhook_receiver() as receiver:
        receiver.secret = new_secret()

        call(receiver.url)

    assert receiver.received == []
    assert len(receiver.refused) == 1


def test_an_endpoint_whose_secret_is_lost_is_not_called() -> None:
    with hostile_server(simple(204)) as server:
        answer = WebhookCaller(lambda _: None, allow_private_targets=True).call(Owed(server.url))

    assert server.paths == []
    assert "secret is lost" in (answer.error or "")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"]
)
def test_private_addresses_are_not_called_unless_allowed(host: str) -> None:
    with hostile_server(simple(204)) as server:
        port = server.url.rsplit(":", 1)[1]

        answer = call(f"http://{host}:{port}", private=False)

    assert server.paths == []
    assert answer.status is None
    assert answer.error


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_failures_and_never_followed(status: int) -> None:
    with hostile_server(simple(status, location="/elsewhere")) as server:
        answer = call(server.url)

    assert server.paths == ["/in"]
    assert (answer.status, answer.delivered) == (status, False)


def test_a_refusal_comes_with_its_words_and_its_wish() -> None:
    with hostile_server(simple(503, b"come back later", retry_after="120")) as server:
        answer = call(server.url)

    assert answer == Answer(503, "HTTP 503", "come back later", "120")


def test_of_a_long_answer_only_the_beginning_is_kept() -> None:
    with hostile_server(simple(500, b"x" * 300_000)) as server:
        answer = call(server.url)

    assert answer.response == "x" * 1_024


def test_an_answer_that_is_no_text_can_be_kept() -> None:
    with hostile_server(simple(200, b"\xff\x00\xfeok")) as server:
        answer = call(server.url)

    assert answer.delivered
    assert answer.response.endswith("ok")
    assert "\x00" not in answer.response


def break_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise a hundred bytes, give five and hang up."""
    handler.send_response(201)
    handler.send_header("content-length", "100")
    handler.end_headers()
    handler.wfile.write(b"thank")


def break_off_between_chunks(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\nthank\r\nno number\r\n")


@pytest.mark.parametrize(
    "answer",
    [break_off, break_off_between_chunks, simple(200, b"no gzip at all", content_encoding="gzip")],
    ids=["cut", "cut between chunks", "damaged"],
)
def test_what_was_accepted_counts_as_delivered_however_its_answer_ends(
    answer: Callable[[BaseHTTPRequestHandler], None],
) -> None:
    with hostile_server(answer) as server:
        outcome = call(server.url)

    assert outcome.delivered
    assert outcome.error is None


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answer, a byte at a time, for ever: no single wait is long."""
    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        threading.Event().wait(0.05)


def _wait(flag: threading.Event) -> None:
    flag.wait()


def test_a_call_to_a_receiver_that_drips_for_ever_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_call, "TOTAL_TIMEOUT_S", 0.4)
    with hostile_server(drip) as server:
        outcome = call(server.url)

    assert outcome.status in (None, 200)


def test_a_call_to_a_receiver_that_never_answers_ends_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_call, "TOTAL_TIMEOUT_S", 0.4)
    outcome_is_there = threading.Event()
    with hostile_server(lambda _handler: _wait(outcome_is_there)) as server:
        outcome = call(server.url)
        outcome_is_there.set()

    assert (outcome.status, outcome.error) == (None, "No complete answer within 0.4 s.")


def test_a_receiver_that_is_not_there_is_a_failure_with_its_reason() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    answer = call(f"http://127.0.0.1:{port}/")

    assert answer.status is None
    assert "refused" in (answer.error or "")


def test_what_speaks_no_http_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def talk() -> None:
            connection, _ = rude.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        answer = call(f"http://127.0.0.1:{rude.getsockname()[1]}/")
        thread.join(PATIENCE_S)

    assert answer.status is None
    assert answer.error


def test_no_proxy_of_the_environment_sees_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    with hostile_server(simple(204)) as server, hostile_server(simple(200)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/in"))
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/in"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

        answer = call(server.url)

    assert (server.paths, proxy.paths) == (["/in"], [])
    assert answer.status == 204
