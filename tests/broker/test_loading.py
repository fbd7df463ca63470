"""A server that is still reading its own file says so, and nothing else about itself."""

from pathlib import Path

import pytest

from core.broker.streams import Streams
from core.errors import BrokerUnavailable
from tests.support.links import PARTITIONS
from tests.support.servers import valkey_server
from tests.support.waiting import eventually

#: Slows the reading of each command, in microseconds: six seconds for all of them, unless it is told to hurry.
#: The server answers in between, once per 1,024 commands.
_SLOWLY = ("--key-load-delay", "300")
_COMMANDS = 20 * 1_024


def test_a_server_that_is_loading_is_not_taken_for_one_that_keeps_nothing_on_disk(short_dir: Path) -> None:
    folder = short_dir / "server"
    with valkey_server(folder) as server:
        with server.client.pipeline(transaction=False) as pipe:
            for number in range(_COMMANDS):
                pipe.set("number", number)
            pipe.execute()
        server.client.execute_command("WAITAOF", 1, 0, 5_000)

    with valkey_server(folder, *_SLOWLY) as server:
        streams = Streams(server.client, PARTITIONS)
        assert server.client.info("persistence")["loading"]
        with pytest.raises(BrokerUnavailable, match="loading"):
            streams.facts()

        server.client.config_set("key-load-delay", 0)
        eventually(lambda: not server.client.info("persistence")["loading"])
        assert streams.facts().keeps_on_disk
