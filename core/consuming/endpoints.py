"""Where webhooks go: added and removed by operators, read by the webhook consumer, secrets kept apart."""

import base64
import ipaddress
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import ada_url
from sqlalchemy import Connection, insert, select, update

from core.consuming.contract import Endpoint, EndpointSwitch
from core.consuming.control_tables import endpoints, journal
from core.consuming.controls import note
from core.errors import InvalidInput, NotFound
from core.events.ids import new_id
from core.storage.database import Database
from core.storage.secrets import SecretStore

#: Bytes of a generated signing secret (Standard Webhooks 1.0 allows 24 to 64).
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class AddedEndpoint:
    """A new endpoint with its signing secret, which is shown this once."""

    endpoint: Endpoint
    secret: str


class Endpoints:
    """The endpoints of one installation."""

    def __init__(self, database: Database, secret_store: SecretStore, *, allow_private_targets: bool) -> None:
        self._database = database
        self._secrets = secret_store
        self._allow_private_targets = allow_private_targets

    def all(self) -> tuple[Endpoint, ...]:
        """Give the endpoints that are in use, the oldest first."""
        names = "endpoint_id url description created_at after switches".split()
        columns = [endpoints.c[name] for name in names]
        statement = select(*columns).where(endpoints.c.removed_at.is_(None)).order_by(endpoints.c.created_at)
        with self._database.reading() as db:
            rows = db.execute(statement).all()
        return tuple(
            Endpoint(
                *(row.endpoint_id, row.url, row.description, row.created_at),
                after=_positions(json.loads(row.after or "{}")),
                switches=switches_of(row.switches),
            )
            for row in rows
        )

    def secret_of(self, endpoint_id: str) -> str | None:
        """Give an endpoint's signing secret (`whsec_...`), or None when it is lost."""
        return self._secrets.get(endpoint_id)

    def add(
        self,
        url: str,
        *,
        description: str,
        by: str,
        why: str = "",
        secret: str | None = None,
        positions: Callable[[], Mapping[int, int]] = dict,
    ) -> AddedEndpoint:
        """Register an endpoint; it is told of what happens from now on.

        `positions` gives the last position given in each partition, asked for just before the endpoint is there.

        Raises:
            InvalidInput: the address or secret can't be accepted.
        """
        checked, endpoint_id = self._check(url), new_id()
        signing = check_secret(secret) if secret else new_secret()
        self._secrets.put(endpoint_id, signing)
        with self._database.transaction() as db:
            after = dict(positions())
            endpoint = Endpoint(endpoint_id, checked, description.strip()[:200], time.time(), after)
            row = {name: getattr(endpoint, name) for name in Endpoint.__slots__ if name != "switches"}
            db.execute(insert(endpoints).values({**row, "after": json.dumps(after)}))
            told = f"{endpoint.url}: {why}" if why else endpoint.url
            note(db, by=by, act="add endpoint", subject=endpoint.endpoint_id, why=told)
        return AddedEndpoint(endpoint, signing)

    def disable(
        self, endpoint_id: str, *, by: str, why: str = "", positions: Callable[[], Mapping[int, int]] = dict
    ) -> bool:
        """Switch an endpoint off: it is not called, and is never told of what is committed until it is switched on again.

        What waits for it already goes on waiting, without attempts. Gives False where it was off already. `positions` gives
        the last position committed in each partition.

        Raises:
            NotFound: there is none with this id, or it was removed; the text says when, by whom and what helps.
        """
        return self._switch(endpoint_id, EndpointSwitch(True, time.time(), by, why), positions)

    def enable(
        self, endpoint_id: str, *, by: str, why: str = "", positions: Callable[[], Mapping[int, int]] = dict
    ) -> bool:
        """Switch an endpoint on again: it is told of what is committed from now on, and what has waited goes out.

        Gives False where it was on already; see `disable`.

        Raises:
            NotFound: there is none with this id, or it was removed; the text says when, by whom and what helps.
        """
        return self._switch(endpoint_id, EndpointSwitch(False, time.time(), by, why), positions)

    def _switch(
        self, endpoint_id: str, switch: EndpointSwitch, positions: Callable[[], Mapping[int, int]]
    ) -> bool:
        with self._database.transaction() as db:
            before = _switches_in(db, endpoint_id)
            if (before[-1].is_off if before else False) == switch.is_off:
                return False
            switch = replace(switch, behind=dict(positions()))
            _put_switches(db, endpoint_id, (*before, switch))
            act = "disable endpoint" if switch.is_off else "enable endpoint"
            note(db, by=switch.by, act=act, subject=endpoint_id, why=switch.why)
        # A worker that reads the endpoints only now sees the switch; what it has read before was committed by then.
        settled = dict(positions())
        if settled != switch.behind:
            with self._database.transaction() as db:
                kept = tuple(
                    replace(one, settled=settled) if one == switch else one
                    for one in _switches_in(db, endpoint_id)
                )
                _put_switches(db, endpoint_id, kept)
        return True

    def remove(self, endpoint_id: str, *, by: str, why: str = "") -> None:
        """Take an endpoint out of use; its deliveries stay on record.

        Raises:
            NotFound: there is none with this id, or it was removed; the text says when, by whom and what helps.
        """
        statement = (
            update(endpoints)
            .where(endpoints.c.endpoint_id == endpoint_id, endpoints.c.removed_at.is_(None))
            .values(removed_at=time.time())
        )
        with self._database.transaction() as db:
            if db.execute(statement).rowcount == 0:
                raise _not_in_use(db, endpoint_id)
            note(db, by=by, act="remove endpoint", subject=endpoint_id, why=why)
        self._secrets.remove(endpoint_id)

    def _check(self, entered: str) -> str:
        text = entered.strip()
        try:
            url = ada_url.URL(text)
        except ValueError:
            raise InvalidInput("url", "url_host", f"{text[:80]!r} is no address of a web server.") from None
        if url.protocol not in ("https:", "http:"):
            raise InvalidInput("url", "url_scheme", "Webhooks go to https addresses.")
        if url.username or url.password:
            raise InvalidInput(
                "url", "url_credentials", "Remove the user name and password from the address."
            )
        if not self._allow_private_targets:
            _check_public(url)
        return url.href


def switches_of(text: str | None) -> tuple[EndpointSwitch, ...]:
    """Read how an endpoint was switched off and on, as its row has it."""
    return tuple(
        EndpointSwitch(
            **{**one, "behind": _positions(one["behind"]), "settled": _positions(one["settled"])},
        )
        for one in json.loads(text or "[]")
    )


def _switches_in(db: Connection, endpoint_id: str) -> tuple[EndpointSwitch, ...]:
    """Read and hold the switches of an endpoint that is in use."""
    statement = select(endpoints.c.switches).where(
        endpoints.c.endpoint_id == endpoint_id, endpoints.c.removed_at.is_(None)
    )
    row = db.execute(statement.with_for_update()).one_or_none()
    if row is None:
        raise _not_in_use(db, endpoint_id)
    return switches_of(row.switches)


def _not_in_use(db: Connection, endpoint_id: str) -> NotFound:
    """Say of an endpoint that was removed when and by whom, and how its address is used again; of others that none is."""
    named = endpoints.c.endpoint_id == endpoint_id
    removed = db.execute(select(endpoints.c.url, endpoints.c.removed_at).where(named)).one_or_none()
    if removed is None:
        return NotFound(f"There is no endpoint {endpoint_id[:80]!r}.")
    acts = select(journal.c.by, journal.c.why).order_by(journal.c.id.desc())
    noted = db.execute(
        acts.where(journal.c.subject == endpoint_id, journal.c.act == "remove endpoint")
    ).first()
    at = datetime.fromtimestamp(removed.removed_at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    by = f" by {noted.by}" if noted else ""
    why = f' ("{noted.why}")' if noted and noted.why else ""
    return NotFound(
        f"The endpoint was removed at {at}{by}{why}, and its secret with it. "
        f"To have its address called again, add it anew: main.py endpoints add {removed.url}"
    )


def _put_switches(db: Connection, endpoint_id: str, switches: tuple[EndpointSwitch, ...]) -> None:
    text = json.dumps([asdict(one) for one in switches])
    db.execute(update(endpoints).where(endpoints.c.endpoint_id == endpoint_id).values(switches=text))


def _positions(found: Mapping[str, Any]) -> dict[int, int]:
    return {int(number): position for number, position in found.items()}


def _check_public(url: ada_url.URL) -> None:
    if url.protocol != "https:":
        raise InvalidInput(
            "url",
            "endpoint_insecure",
            "Webhooks go to https addresses: anybody on the way could read http.",
            proposals=("https:" + url.href.removeprefix("http:"),),
        )
    host = url.hostname.strip("[]").rstrip(".")
    try:
        private = not ipaddress.ip_address(host).is_global
    except ValueError:
        private = host == "localhost" or host.endswith(".localhost")
    if private:
        raise InvalidInput(
            "url",
            "endpoint_private",
            f"{url.hostname} is a private address. To allow such targets, set SIGNALBOX_ALLOW_PRIVATE_TARGETS=true.",
        )
    if url.port not in ("", "443"):
        raise InvalidInput("url", "url_port", f"Webhooks go to port 443, not {url.port}.")


def new_secret() -> str:
    """Make a signing secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def check_secret(secret: str) -> str:
    """Check a signing secret that somebody brought along; its value is never repeated in the error.

    Raises:
        InvalidInput: with code "secret_format".
    """
    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not secret.startswith("whsec_") or not 24 <= size <= 64:
        raise InvalidInput(
            "secret", "secret_format", "A secret is whsec_ and the base64 of 24 to 64 random bytes."
        )
    return secret
