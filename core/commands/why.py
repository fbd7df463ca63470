"""The command why: one sentence for each event and consumer, and the one act that helps."""

from typing import Annotated

import typer

from core.commands.context import EXIT_FAILED, call_of, console, print_json
from core.commands.dead_texts import plain
from core.operating.logs import redact
from core.operating.why.answer import Answer
from core.operating.why.explanation import Explained, Explanation
from core.operating.why.words import moment

#: Before the sentence of an answer that goes on in the next line.
_INDENT = "    "


def add_commands(app: typer.Typer) -> None:
    """Add it to the program."""
    app.command()(why)


def why(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="A link's slug, address or id, an event's id, or a trace's.")
    ],
    consumer: Annotated[str | None, typer.Option(help="Only this consumer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why something did not happen, or how it did: per event and consumer, with what helps. It changes nothing."""
    with call_of(context).desk() as desk:
        explanation = desk.why.ask(name, consumer)
    if as_json:
        print_json(_without_secrets(explanation.to_json()))
    else:
        for line in _lines(explanation):
            console.print(plain(line), markup=False)
    if not explanation.events:
        raise typer.Exit(EXIT_FAILED)


def _lines(explanation: Explanation) -> list[str]:
    if explanation.answer is not None:
        return [*_answer_lines(explanation.asked[:80], explanation.answer)]
    lines = []
    for one in explanation.events:
        lines += _event_lines(explanation.slug, one)
    if explanation.left_out:
        lines.append(f"{explanation.left_out:,} more events of it were not looked at: name one by its id.")
    return lines


def _event_lines(slug: str | None, one: Explained) -> list[str]:
    event = one.event
    place = f"position {event.partition}/{event.position}" if event.position else "no position yet"
    head = f"{event.type} {event.event_id} of {slug or event.link_id}, committed {moment(event.committed_at)}, {place}"
    lines = [head]
    for name, answer in one.answers.items():
        lines += _answer_lines(f"  {name}", answer)
    return lines


def _answer_lines(name: str, answer: Answer) -> list[str]:
    lines = [f"{name}: {answer.rung.value}. {answer.sentence}"]
    if answer.act is not None:
        lines.append(f"{_INDENT}-> {answer.act.command}")
    return lines


def _without_secrets(value: object) -> object:
    """Take secrets out of all texts: errors quote what others have said."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _without_secrets(one) for name, one in value.items()}
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value
