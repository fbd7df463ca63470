"""Teams and their users. A first start makes one of each, so that the first link has an owner."""

import getpass
from dataclasses import dataclass

from sqlalchemy import func, insert, select

from core.errors import InvalidInput
from core.events.ids import new_id
from core.producing.tables import teams, users
from core.storage.database import Database

FIRST_TEAM = "Home"


@dataclass(frozen=True, slots=True)
class Team:
    """A group of users that links belong to and that is billed for them."""

    team_id: str
    name: str


class Teams:
    """All teams of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[Team, ...] = ()

    def prepare(self) -> None:
        """Make the first team and user where there are none."""
        with self._database.reading() as db:
            if db.scalar(select(func.count()).select_from(teams)):
                return
        with self._database.transaction() as db:
            if db.scalar(select(func.count()).select_from(teams)):
                return
            team_id = new_id()
            db.execute(insert(teams).values(team_id=team_id, name=FIRST_TEAM))
            db.execute(insert(users).values(user_id=new_id(), name=getpass.getuser(), team_id=team_id))

    def add(self, name: str) -> Team:
        """Make a team.

        Raises:
            InvalidInput: the name is empty, too long or taken.
        """
        name = name.strip()
        if not name or len(name) > 80:
            raise InvalidInput("team", "team_name", "A team's name has 1 to 80 characters.")
        if any(team.name.casefold() == name.casefold() for team in self.all()):
            raise InvalidInput("team", "team_taken", f"There is a team {name!r} already.")
        team = Team(new_id(), name)
        with self._database.transaction() as db:
            db.execute(insert(teams).values(team_id=team.team_id, name=name))
        self._known = ()
        return team

    def all(self) -> tuple[Team, ...]:
        """Give all teams, the oldest first."""
        with self._database.reading() as db:
            return tuple(Team(*row) for row in db.execute(select(teams).order_by(teams.c.team_id)))

    def find(self, name: str | None) -> Team:
        """Give the team of this name (without case) or id; None = the first team.

        Raises:
            InvalidInput: there is no such team.
        """
        found = self._look(name)
        if found is None:
            self._known = self.all()
            found = self._look(name)
        if found is None:
            names = ", ".join(team.name for team in self._known)
            raise InvalidInput("team", "team_unknown", f"There is no team {name!r}. There are: {names}.")
        return found

    def _look(self, name: str | None) -> Team | None:
        if name is None:
            return self._known[0] if self._known else None
        matches = (
            team for team in self._known if team.name.casefold() == name.casefold() or team.team_id == name
        )
        return next(matches, None)
