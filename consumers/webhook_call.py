"""One webhook call: signed, guarded against private targets, limited in time and size; redirects are never followed."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import requests
from requests_hardened import Config, Manager
from standardwebhooks import Webhook as Signer
from urllib3.exceptions import HTTPError

from consumers.webhook_schedule import Answer

#: Whatever the receiver does, an attempt ends after this many seconds.
TOTAL_TIMEOUT_S = 15.0
_CONNECT_TIMEOUT_S = 5.0
#: What is read of an answer, and what is kept.
_READ_BYTES = 64 * 1024
_KEPT_CHARACTERS = 1024


class Delivery(Protocol):
    """What a call needs to know."""

    event_id: Any
    endpoint_id: Any
    url: Any
    body: Any
    traceparent: Any


class WebhookCaller:
    """Makes calls; safe to use from several threads."""

    def __init__(self, secret_of: Callable[[str], str | None], *, allow_private_targets: bool) -> None:
        self._secret_of = secret_of
        self._requests = Manager(
            Config(
                ip_filter_enable=not allow_private_targets,
                ip_filter_allow_loopback_ips=False,
                never_redirect=True,
                default_timeout=(_CONNECT_TIMEOUT_S, TOTAL_TIMEOUT_S),
                user_agent_override="Signalbox-Webhooks/1.0",
            )
        )

    def call(self, delivery: Delivery) -> Answer:
        """Make one attempt; every way in which it can fail is an answer, never an error."""
        secret = self._secret_of(delivery.endpoint_id)
        if secret is None:
            return Answer(
                None, "The endpoint's signing secret is lost; remove the endpoint and add it again."
            )
        headers = _headers(delivery, secret)
        answers: list[Answer] = []
        # Timeouts of sockets count from byte to byte, so that a dripping receiver would hold us for ever: the call
        # gets a thread of its own, which is left behind when time is up.
        thread = threading.Thread(
            target=lambda: answers.append(self._post(delivery.url, bytes(delivery.body), headers)),
            daemon=True,
        )
        thread.start()
        thread.join(TOTAL_TIMEOUT_S)
        return answers[0] if answers else _no_answer()

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        deadline = time.monotonic() + TOTAL_TIMEOUT_S
        try:
            with self._requests.get_session() as session:
                session.trust_env = (
                    False  # No proxy from the environment: it would see what the guard has checked.
                )
                with session.request("POST", url, data=body, headers=headers, stream=True) as response:
                    return Answer(
                        response.status_code,
                        None
                        if response.ok and response.status_code < 300
                        else f"HTTP {response.status_code}",
                        _beginning(response, deadline),
                        response.headers.get("Retry-After"),
                    )
        except requests.ReadTimeout:
            return _no_answer()
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:_KEPT_CHARACTERS])


def _no_answer() -> Answer:
    """Say it in the same words whichever of the two clocks ends first, the socket's or the call's."""
    return Answer(None, f"No complete answer within {TOTAL_TIMEOUT_S:g} s.")


def _headers(delivery: Delivery, secret: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(delivery.event_id, now, bytes(delivery.body).decode()),
        "traceparent": delivery.traceparent,
    }


def _beginning(response: requests.Response, deadline: float) -> str:
    """Read the beginning of an answer, however long it is."""
    content = b""
    try:
        while len(content) < _READ_BYTES and time.monotonic() < deadline:
            part = response.raw.read1(4096, decode_content=True)
            if not part:
                break
            content += part
    except (HTTPError, OSError) as error:
        # The status has been given, and that is what counts.
        content += f"\n[the answer broke off: {type(error).__name__}]".encode()
    return content[:_KEPT_CHARACTERS].decode(errors="replace").replace("\x00", "\ufffd")
