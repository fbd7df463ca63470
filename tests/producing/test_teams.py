"""Every link has an owner from the first start on."""

import getpass

import pytest
from sqlalchemy import select

from core.errors import InvalidInput
from core.producing.tables import users
from core.producing.teams import FIRST_TEAM
from tests.support.links import LinkSide


def test_a_first_start_makes_one_team_and_one_user(link_side: LinkSide) -> None:
    link_side.teams.prepare()  # The second start changes nothing.

    (team,) = link_side.teams.all()
    with link_side.database.reading() as db:
        (user,) = db.execute(select(users)).all()
    assert team.name == FIRST_TEAM
    assert (user.name, user.team_id) == (getpass.getuser(), team.team_id)


def test_the_first_team_stays_the_default(link_side: LinkSide) -> None:
    link_side.teams.add("Zoo")
    link_side.teams.add("Acme")

    assert link_side.teams.find(None).name == FIRST_TEAM
    assert [team.name for team in link_side.teams.all()] == [FIRST_TEAM, "Zoo", "Acme"]


def test_a_team_is_found_by_name_without_case_and_by_id(link_side: LinkSide) -> None:
    sales = link_side.teams.add("  Sales ")

    assert link_side.teams.find("SALES") == link_side.teams.find(sales.team_id) == sales


@pytest.mark.parametrize(
    ("name", "code"), [("", "team_name"), ("x" * 81, "team_name"), ("sALES", "team_taken")]
)
def test_a_name_that_can_not_be_had_is_refused(link_side: LinkSide, name: str, code: str) -> None:
    link_side.teams.add("Sales")

    with pytest.raises(InvalidInput) as raised:
        link_side.teams.add(name)

    assert (raised.value.field, raised.value.code) == ("team", code)
    assert len(link_side.teams.all()) == 2


def test_an_unknown_team_is_refused_with_the_names_there_are(link_side: LinkSide) -> None:
    with pytest.raises(InvalidInput, match=f"no team 'Sales'. There are: {FIRST_TEAM}"):
        link_side.teams.find("Sales")
