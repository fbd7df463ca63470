"""What the table of endpoints says of them, which acts can be, and what a warning makes of a consumer."""

from collections.abc import Callable

from core.operating.endpoints.rows import EndpointHealth, LastAnswer
from core.operating.snapshot import ConsumerState
from gui.consumers.endpoint_acts import call_plan, callable_of, why_no_call, why_no_removal
from gui.consumers.endpoint_columns import COLUMNS
from gui.parts.health import health_sentence
from gui.tokens import Tone
from tests.gui.pictures import NAMES, NOW, consumer

Soon = Callable[[Callable[[], object]], None]
LONG = "https://hooks.example.com/" + "a" * 60 + "/in"


def endpoint(**changes: object) -> EndpointHealth:
    """Give an endpoint that fails, with what is said."""
    fields: dict[str, object] = {
        "endpoint_id": "e1",
        "url": LONG,
        "description": "billing's",
        "created_at": NOW - 900,
        "removed_at": None,
        "last": LastAnswer(NOW - 10, 503, "HTTP 503", NOW - 250, 4),
        "waiting": 12,
        "delivered": 10_000,
        "next_attempt_at": 1.0,
    }
    return EndpointHealth(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_row_says_what_is_so_and_its_tips_the_rest() -> None:
    failing = [column.text(endpoint()) for column in COLUMNS]
    assert failing[0].startswith("https://hooks.example.com/")
    assert "…" in failing[0]
    assert failing[1].startswith("failing since ")
    assert failing[2].endswith("answered 503")
    assert failing[3:] == ["12", "now", "10,000+"]
    tips = [column.tip(endpoint()) for column in COLUMNS[:3] if column.tip is not None]
    assert tips[0] == f"{LONG}\nbilling's\ne1"
    assert tips[1].startswith("4 attempts in a row failed")
    assert tips[2].endswith("HTTP 503")
    new = endpoint(last=None, waiting=0, delivered=0, next_attempt_at=None)
    assert [column.text(new) for column in COLUMNS[1:]] == ["never asked", "-", "0", "-", "0"]
    assert COLUMNS[1].text(endpoint(removed_at=NOW)) == "removed"


def test_acts_that_can_not_be_say_why_and_those_that_can_say_what_they_do() -> None:
    gone, idle = endpoint(removed_at=NOW), endpoint(endpoint_id="e2", waiting=0)

    assert why_no_call([]) == "There is no endpoint to call: add one first (a)."
    assert "secret" in why_no_call([gone])
    assert why_no_call([idle]) == "Nothing waits, so there is nothing to try."
    assert why_no_call([endpoint(), gone, idle]) == ""
    assert callable_of([endpoint(), gone, idle]) == [endpoint()]
    assert why_no_removal([]) == "Select the endpoint that is to be removed."
    assert why_no_removal([gone]) == "It was removed already."
    plan = call_plan([endpoint()], are_selected=False)
    assert plan.title == "Try 1 endpoint of webhook now?"
    assert plan.scope[1].endswith("/in: 12 waiting.")


def test_a_consumer_that_runs_with_a_warning_needs_attention_and_is_running_all_the_same() -> None:
    warned = tuple(
        consumer(name, warning="1 endpoint fails for 3 min" if name == "webhook" else None) for name in NAMES
    )

    assert health_sentence(warned, NOW) == (
        *("1 of 5 needs attention: webhook (1 endpoint fails for 3 min)", Tone.WARN),
    )
    assert {one.state for one in warned} == {ConsumerState.RUNNING}
