"""The tables of faults and of complaints claim nothing: each test that they name is there."""

import ast
import re

import pytest

from tests.support.programs import ROOT

_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


@pytest.mark.parametrize("guide", ["faults.md", "complaints.md"])
def test_each_test_that_a_table_names_exists(guide: str) -> None:
    table = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    named = _NAMED.findall(table)
    assert len(named) == table.count("::")

    gone = [f"{file}::{name}" for file, name in named if name not in _tests_in(file)]

    assert gone == []


def test_links_of_the_guides_lead_somewhere() -> None:
    guides = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    links = [
        (guide, link)
        for guide in guides
        for link in re.findall(r"\]\(([^)#:]+)\)", guide.read_text(encoding="utf-8"))
    ]
    assert links

    assert [f"{guide.name}: {link}" for guide, link in links if not (guide.parent / link).exists()] == []


def _tests_in(file: str) -> set[str]:
    path = ROOT / "tests" / file
    if not path.exists():
        return set()
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in parsed.body if isinstance(node, ast.FunctionDef)}
