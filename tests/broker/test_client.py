"""Connections come from one place, and their errors carry the broker's words but never a password."""

import pytest
import redis

from core.broker.client import connect, errors_mapped, without_password
from core.errors import BadSettings, BrokerUnavailable, GroupMissing


@pytest.mark.parametrize("url", ["http://localhost:6379", "localhost:6379", "redis://host:port", ""])
def test_what_is_no_broker_url_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadSettings, match="SIGNALBOX_BROKER"):
        connect(url)


def test_a_bad_url_is_shown_without_its_password() -> None:
    with pytest.raises(BadSettings) as raised:
        connect("rediss2://ann:s3cret@broker.example:6379/0")

    assert "s3cret" not in str(raised.value)
    assert "ann:***@broker.example:6379" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:s3cret@host:6379/0", "redis://:***@host:6379/0"),
        ("rediss://ann:s3cret@host/1?x=y", "rediss://ann:***@host/1?x=y"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://ann@host", "redis://ann@host"),
        ("unix:///run/broker.sock", "unix:///run/broker.sock"),
    ],
)
def test_urls_are_shown_without_passwords(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_connecting_sends_nothing_yet() -> None:
    connect("redis://127.0.0.1:1").close()


@pytest.mark.parametrize(
    ("error", "mapped"),
    [
        (redis.ResponseError("NOGROUP No such key 'events:{0}'"), GroupMissing),
        # Redis 7 says this to a read that is waiting while its stream goes.
        (redis.ResponseError("UNBLOCKED the stream key no longer exists"), GroupMissing),
        (redis.ResponseError("OOM command not allowed"), BrokerUnavailable),
        (redis.ReadOnlyError("You can't write against a read only replica."), BrokerUnavailable),
        (redis.AuthenticationError("WRONGPASS"), BrokerUnavailable),
        (redis.BusyLoadingError("Valkey is loading the dataset in memory"), BrokerUnavailable),
        (redis.TimeoutError("Timeout reading from socket"), BrokerUnavailable),
        (redis.ConnectionError("Connection refused"), BrokerUnavailable),
        (ConnectionResetError("reset"), BrokerUnavailable),
    ],
)
def test_errors_of_the_driver_become_ours_with_their_words(error: Exception, mapped: type[Exception]) -> None:
    with pytest.raises(mapped) as raised, errors_mapped():
        raise error

    assert str(error) in str(raised.value)


def test_errors_of_the_program_stay_what_they_are() -> None:
    with pytest.raises(KeyError), errors_mapped():
        raise KeyError("a bug")
