"""The commands on endpoints, called on a desk at work: off and on again, told by each command that is asked about it."""

from core.operating.desk import Desk
from core.operating.why.answer import Rung
from tests.commands.conftest import Answer
from tests.support.waiting import eventually

URL = "https://hooks.example.com/in"


def test_an_endpoint_is_switched_off_and_on_and_every_command_tells_it(
    working_desk: Desk, answer: Answer
) -> None:
    endpoint = answer("endpoints", "add", URL, "--why", "their new shop")["endpoint_id"]
    assert answer("endpoints", "disable", endpoint, "--why", "they move") == {
        "disabled": endpoint,
        "done": True,
    }
    assert answer("endpoints", "disable", endpoint)["done"] is False
    (off,) = answer("endpoints", "list")
    answer("create", "https://example.com/", "--slug", "meanwhile")
    eventually(lambda: rung(answer) == Rung.ENDPOINT_WAS_OFF.value)
    said = answer("why", "meanwhile", "--consumer", "webhook")["events"][0]["consumers"]["webhook"]
    (told,) = answer("status")["endpoints_off"]
    refused = answer("endpoints", "try", endpoint, code=1)
    enabled = answer("endpoints", "enable", endpoint)
    (on,) = answer("endpoints", "list")

    assert (off["state"], off["off"]["why"]) == ("off", "they move")
    assert (told["endpoint_id"], told["why"]) == (endpoint, "they move")
    assert "It is off still." in said["sentence"]
    assert said["act"]["command"] == f"main.py endpoints enable {endpoint}"
    assert "It is off" in refused
    assert enabled == {"enabled": endpoint, "done": True}
    assert (on["state"], on["off"], on["waiting"]) == ("never asked", None, 0)
    ledger = answer("ledger")
    assert ledger["ok"] is True
    acts = [(entry["act"], entry["why"]) for entry in answer("journal", "--subject", endpoint)]
    assert acts == [
        ("enable endpoint", ""),
        ("disable endpoint", "they move"),
        ("add endpoint", f"{URL}: their new shop"),
    ]


def rung(answer: Answer) -> str:
    found = answer("why", "meanwhile", "--consumer", "webhook")["events"][0]
    return str(found["consumers"]["webhook"]["rung"])
