"""Commands on who owns the partitions of a consumer: partitions list, release, take-over."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.commands.context import EXIT_FAILED, call_of, console, fail, print_json, refuse_where_read_only
from core.commands.dead_texts import plain
from core.commands.text_table import Column, Fit, text_table
from core.operating.consumer_detail import PartitionDetail
from core.operating.desk import Desk
from core.operating.partition_words import release_words, take_over_words
from core.operating.partitions import Move

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="The consumer.")]
Numbers = Annotated[list[int] | None, typer.Argument(help="The partitions' numbers.", min=0)]
Everything = Annotated[bool, typer.Option("--all", help="All of them.")]
Why = Annotated[str, typer.Option(help="For the journal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")]

_COLUMNS = (
    *(Column(name, is_right=True) for name in ("Partition", "Lag", "Watermark", "Epoch")),
    Column("Owner", Fit.WORDS, 20),
)

app = typer.Typer(help="See which worker owns which partition, and move them.", no_args_is_help=True)


@app.command("list")
def list_partitions(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """List a consumer's partitions, each with its owner."""
    with call_of(context).desk() as desk:
        workers = desk.partitions.workers(name)
        parts = desk.reading_room.consumers.read(name).partitions
    if as_json:
        print_json({"workers": workers, "partitions": [_object(part) for part in parts]})
        return
    rows = [
        (
            *(f"{figure:,}" for figure in (part.partition, part.lag, part.position, part.epoch)),
            plain(_owner(part)),
        )
        for part in parts
    ]
    console.print(text_table(_COLUMNS, rows, console.width))
    console.print(f"workers: {', '.join(workers) or 'none'}", markup=False)


@app.command()
def release(
    context: typer.Context,
    name: Name,
    numbers: Numbers = None,
    everything: Everything = False,
    why: Why = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let the owners of partitions give them up to other workers; a single worker takes them again and reads them anew."""
    refuse_where_read_only(context, dry_run=dry_run)
    with call_of(context).desk() as desk:
        workers = desk.partitions.workers(name)
        owners = _chosen(name, numbers, everything, desk.partitions.owners(name))
        named = {number: owner for number, owner in owners.items() if owner is not None}
        words = release_words(named, workers)
        if not _say(words, dry_run=dry_run, as_json=as_json):
            _tell(desk, desk.partitions.release(name, owners, why=why), as_json)


@app.command("take-over")
def take_over(
    context: typer.Context,
    name: Name,
    numbers: Numbers = None,
    worker: Annotated[str, typer.Option(help="The worker that shall own them; see partitions list.")] = "",
    everything: Everything = False,
    why: Why = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a worker own partitions at once, whoever owns them: for an owner that hangs, is frozen or slow."""
    refuse_where_read_only(context, dry_run=dry_run)
    with call_of(context).desk() as desk:
        workers = desk.partitions.workers(name)
        if not worker and len(workers) > 1:
            raise typer.BadParameter(f"Say which with --worker: {', '.join(workers)}.")
        worker = worker or "".join(workers)
        owners = _chosen(name, numbers, everything, desk.partitions.owners(name))
        words = take_over_words(worker, owners) if worker in workers else []
        if not _say(words, dry_run=dry_run, as_json=as_json):
            _tell(desk, desk.partitions.take_over(name, list(owners), worker, why=why), as_json)


def _chosen(
    name: str, numbers: Sequence[int] | None, everything: bool, owners: Mapping[int, str | None]
) -> dict[int, str | None]:
    """Give the owners of the partitions that are meant.

    Raises:
        typer.BadParameter: none were named, and not all of them either.
        typer.Exit: there is no such partition.
    """
    if bool(numbers) is everything:
        raise typer.BadParameter("Name partitions, or --all for all of them.")
    if not owners:
        fail(f"No worker has ever run {name}: it has no partitions yet.")
    chosen = dict.fromkeys(owners if everything else numbers or ())
    for number in chosen:
        if number not in owners:
            fail(f"{name} has no partition {number}: they are 0 to {max(owners)}.")
    return {number: owners[number] for number in chosen}


def _say(words: Sequence[str], *, dry_run: bool, as_json: bool) -> bool:
    """Say what will be done; tells whether that was all."""
    if dry_run and as_json:
        print_json({"preview": words, "moves": []})
    for line in () if as_json else words:
        console.print(plain(line), markup=False)
    return dry_run


def _tell(desk: Desk, moves: Sequence[Move], as_json: bool) -> None:
    """Wait for what comes of it, and say so."""
    found = desk.partitions.outcomes(moves)
    if as_json:
        print_json([asdict(moved) for moved in found])
    else:
        for moved in found:
            owner = moved.owner or "nobody yet"
            console.print(
                plain(f"{moved.consumer} {moved.partition}: {moved.outcome} Owner: {owner}."), markup=False
            )
    if any(moved.failed for moved in found):
        raise typer.Exit(EXIT_FAILED)


def _owner(part: PartitionDetail) -> str:
    if part.owner is None:
        return "nobody"
    words = part.owner if part.is_owner_alive else f"{part.owner} (not heard of)"
    return words if part.moved_from is None else f"{words}, moved from {part.moved_from}"


def _object(part: PartitionDetail) -> dict[str, Any]:
    names = "partition lag published position owner is_owner_alive epoch absorbed moved_from".split()
    return {name: getattr(part, name) for name in names}
