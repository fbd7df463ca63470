"""Where webhooks go is checked before anything is sent, and its secret is shown once and kept apart."""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.consuming import control_tables
from core.consuming.endpoints import SECRET_BYTES, Endpoints, check_secret, new_secret
from core.errors import InvalidInput, NotFound
from core.events.envelope import Event
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare
from core.storage.secrets import SecretStore
from tests.support.events import created, make_event

URL = "https://hooks.example.com/in"


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    opened = open_sqlite(tmp_path / "control.db", name="control", durable=False)
    prepare(opened, control_tables.metadata)
    yield opened
    opened.close()


@pytest.fixture
def make_endpoints(control: Database, tmp_path: Path) -> Callable[[bool], Endpoints]:
    return lambda private: Endpoints(control, SecretStore(tmp_path), allow_private_targets=private)


@pytest.fixture
def endpoints(make_endpoints: Callable[[bool], Endpoints]) -> Endpoints:
    return make_endpoints(False)


def refusal(endpoints: Endpoints, url: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as raised:
        endpoints.add(url, description="", by="ann")
    assert endpoints.all() == ()
    return raised.value


def test_an_endpoint_is_there_with_a_secret_of_its_own(endpoints: Endpoints) -> None:
    first = endpoints.add(URL, description=" Sales ", by="ann")
    second = endpoints.add(URL, description="", by="ann")

    assert endpoints.all() == (first.endpoint, second.endpoint)
    assert (first.endpoint.url, first.endpoint.description) == (URL, "Sales")
    assert first.secret != second.secret
    assert endpoints.secret_of(first.endpoint.endpoint_id) == first.secret
    assert endpoints.secret_of("unknown") is None


def test_a_secret_that_was_brought_along_is_kept(endpoints: Endpoints) -> None:
    secret = new_secret()

    added = endpoints.add(URL, description="", by="ann", secret=secret)

    assert added.secret == endpoints.secret_of(added.endpoint.endpoint_id) == secret


def test_a_removed_endpoint_is_gone_with_its_secret(endpoints: Endpoints) -> None:
    added = endpoints.add(URL, description="", by="ann")

    endpoints.remove(added.endpoint.endpoint_id, by="bob")

    assert endpoints.all() == ()
    assert endpoints.secret_of(added.endpoint.endpoint_id) is None
    for unknown in (added.endpoint.endpoint_id, "never there"):
        with pytest.raises(NotFound):
            endpoints.remove(unknown, by="bob")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url_host"),
        ("hooks.example.com", "url_host"),
        ("https://", "url_host"),
        ("https://256.1.1.1/", "url_host"),
        ("ftp://hooks.example.com/", "url_scheme"),
        ("javascript:alert(1)", "url_scheme"),
        ("https://ann:secret@hooks.example.com/", "url_credentials"),
        ("http://hooks.example.com/", "endpoint_insecure"),
        ("https://127.0.0.1/", "endpoint_private"),
        ("https://0x7f.1/", "endpoint_private"),
        ("https://2130706433/", "endpoint_private"),
        ("https://localhost/", "endpoint_private"),
        ("https://hooks.localhost/", "endpoint_private"),
        ("https://localhost./", "endpoint_private"),
        ("https://10.1.2.3/", "endpoint_private"),
        ("https://192.168.0.1/", "endpoint_private"),
        ("https://169.254.169.254/latest/meta-data/", "endpoint_private"),
        ("https://100.64.0.1/", "endpoint_private"),
        ("https://[::1]/", "endpoint_private"),
        ("https://[fd00::1]/", "endpoint_private"),
        ("https://[::ffff:127.0.0.1]/", "endpoint_private"),
        ("https://hooks.example.com:8443/", "url_port"),
    ],
)
def test_where_webhooks_must_not_go(endpoints: Endpoints, url: str, code: str) -> None:
    error = refusal(endpoints, url)

    assert (error.field, error.code) == ("url", code)
    assert "secret" not in str(error)


def test_an_insecure_address_is_offered_as_a_secure_one(endpoints: Endpoints) -> None:
    assert refusal(endpoints, "http://hooks.example.com/in").proposal == URL


def test_a_private_address_names_the_switch(endpoints: Endpoints) -> None:
    assert "SIGNALBOX_ALLOW_PRIVATE_TARGETS=true" in str(refusal(endpoints, "https://127.0.0.1/"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/in", "http://hooks.example.com/", "https://10.1.2.3:9443/"]
)
def test_private_targets_are_accepted_behind_the_switch(
    make_endpoints: Callable[[bool], Endpoints], url: str
) -> None:
    assert make_endpoints(True).add(url, description="", by="ann").endpoint.url == url


def test_a_new_secret_has_the_form_of_the_standard() -> None:
    secret = new_secret()

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == SECRET_BYTES
    assert check_secret(secret) == secret


@pytest.mark.parametrize("size", [24, 64])
def test_secrets_of_24_to_64_bytes_are_accepted(size: int) -> None:
    secret = "whsec_" + base64.b64encode(b"x" * size).decode()

    assert check_secret(secret) == secret


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "hunter2hunter2hunter2hunter2",
        "whsec_",
        "whsec_not base64 at all!",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        base64.b64encode(b"x" * 32).decode(),
        "whsec_ünïcode",
    ],
)
def test_other_secrets_are_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_secret(secret)

    assert (raised.value.field, raised.value.code) == ("secret", "secret_format")
    content = secret.removeprefix("whsec_")
    assert not content or content not in str(raised.value)


def test_what_is_committed_while_it_is_off_it_is_never_told_of_whenever_that_is_handled(
    endpoints: Endpoints,
) -> None:
    added = endpoints.add(URL, description="", by="ann", positions=lambda: {0: 10, 1: 5})
    endpoint_id = added.endpoint.endpoint_id

    done = endpoints.disable(endpoint_id, by="ann", why="moving", positions=lambda: {0: 12, 1: 5})
    again = endpoints.disable(endpoint_id, by="bob", positions=lambda: {0: 99, 1: 99})
    (off,) = endpoints.all()
    endpoints.enable(endpoint_id, by="bob", positions=lambda: {0: 14, 1: 5})
    (on,) = endpoints.all()

    assert (done, again) == (True, False)
    assert off.off is not None
    assert (off.off.by, off.off.why) == ("ann", "moving")
    assert on.off is None
    told_off = [position for position in range(9, 17) if off.is_told_of(at(0, position))]
    told_on = [position for position in range(9, 17) if on.is_told_of(at(0, position))]
    assert told_off == [11, 12]
    assert told_on == [11, 12, 15, 16]
    assert [position for position in range(4, 8) if on.is_told_of(at(1, position))] == [6, 7]


def test_in_the_very_moment_of_a_switch_both_are_right(endpoints: Endpoints) -> None:
    added = endpoints.add(URL, description="", by="ann", positions=lambda: {0: 10})
    seen = iter([12, 13])

    endpoints.disable(added.endpoint.endpoint_id, by="ann", positions=lambda: {0: next(seen)})

    (off,) = endpoints.all()
    assert [position for position in range(10, 16) if off.is_told_perhaps(at(0, position))] == [13]


def test_only_one_that_is_in_use_can_be_switched_and_who_names_another_is_told_what_became_of_it(
    endpoints: Endpoints,
) -> None:
    added = endpoints.add(URL, description="", by="ann").endpoint.endpoint_id
    assert not endpoints.enable(added, by="ann")
    endpoints.remove(added, by="ann", why="they left us")

    for act in (endpoints.disable, endpoints.enable, endpoints.remove):
        with pytest.raises(NotFound, match=r"There is no endpoint 'nobody'\."):
            act("nobody", by="bob")
        with pytest.raises(NotFound) as raised:
            act(added, by="bob")
        assert re.fullmatch(
            r"The endpoint was removed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d by ann \(\"they left us\"\), and its secret with "
            rf"it\. To have its address called again, add it anew: main\.py endpoints add {re.escape(URL)}",
            str(raised.value),
        )


def at(partition: int, position: int) -> Event:
    return make_event(created("abc"), position, partition=partition)
