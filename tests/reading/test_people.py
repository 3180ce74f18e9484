"""The people file, and the dry run."""

import json
from datetime import UTC, datetime

import pytest

from poise.reading import InputError, PeopleMap, find
from poise.reading.summary import dry_run


def test_csv(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name;person;team\nAnna K;anna;Blue\na.k@shop.example;anna;\n\n4711;ben;Red\n", "utf-8-sig")
    people = PeopleMap.load(path)
    assert people.who("4711", None, "agent") == ("ben", "Red")
    assert people.who("x", "ANNA  k", "agent") == ("anna", "Blue")
    assert people.who("x", None, "colleague", email="A.K@shop.example") == ("anna", "Blue")
    assert people.who("anna", None, "customer") is None
    assert people.who("zoe", None, "agent") is None
    assert people.knows("Anna K")


def test_toml(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text('[[person]]\nperson = "anna"\nteam = "Blue"\naliases = ["Anna K", "4711"]\n')
    assert PeopleMap.load(path).who("4711", None, "agent") == ("anna", "Blue")


@pytest.mark.parametrize(
    ("name", "text", "place", "problem"),
    [
        ("p.csv", "name,person,shift\na,b,c\n", ":1", "unknown column"),
        ("p.csv", "name,team\na,b\n", ":1", "column missing"),
        ("p.csv", "name,person\na,\n", ":2", "empty"),
        ("p.csv", "name,person\na,b\nA,c\n", ":3", "stands for both"),
        ("p.csv", "name,person,team\na,b,x\nc,b,y\n", ":3", "is in both"),
        ("p.csv", "name,person\na,b,c,d\n", ":2", "more values"),
        ("p.csv", "name,person\n", "p.csv", "no people"),
        ("p.toml", '[[person]]\nperson = "a"\n\n[[person]]\nperson = "b"\ngroup = "x"\n', ":4", "unknown key"),
        ("p.toml", '[[person]]\nteam = "a"\n', ":1", "missing"),
        ("p.toml", '[person]\nteam = "a"\n', "p.toml", "expected"),
        ("p.toml", "[[person]\n", "p.toml", "Expected"),
        ("p.toml", "[[people]]\nperson = 1\n", "p.toml", "unknown key"),
    ],
)
def test_a_wrong_people_file_names_file_and_line(tmp_path, name, text, place, problem):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=problem) as caught:
        PeopleMap.load(path)
    assert place in str(caught.value)
    assert caught.value.remedy


def test_a_people_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(InputError):
        PeopleMap.load(tmp_path / "none.csv")
    (tmp_path / "p.csv").write_bytes(b"name,person\n\xe5,b\n")
    with pytest.raises(InputError, match="UTF-8"):
        PeopleMap.load(tmp_path / "p.csv")


def test_dry_run(tmp_path, exports):
    people = PeopleMap({"jon berg": "jon", "anna kowalski": "anna"}, {"anna": "Blue"})
    found = dry_run(find([exports]), people=people, roles={"*": "customer"}, size_bytes=500)
    assert found.files["zendesk"] == 4
    assert [one.path.name for one in found.skipped] == ["cut.json"]
    agents = {row["person"]: row for row in found.agents.iter_rows(named=True)}
    assert agents["jon"]["conversations"] == 3
    assert agents["jon"]["name"] == "Jon Berg"
    assert agents["anna"]["team"] == "Blue"
    assert agents["agent"]["named"] is False
    assert agents["jon"]["first"] == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert found.agents["conversations"].is_sorted(descending=True)
    assert sum(found.languages.values()) == found.conversations == sum(found.channels.values())
    assert found.rejected == len(found.rejects) > 5
    (mapping,) = found.mapping.values()
    assert mapping["conversation"] == "conversation_id"
    assert found.fields["private"] == 7


def test_dry_run_over_records_that_are_all_wrong(tmp_path):
    (tmp_path / "c.jsonl").write_text(json.dumps({"id": "a", "turns": []}))
    found = dry_run(find([tmp_path]))
    assert (found.conversations, found.rejected, found.first, len(found.agents)) == (0, 1, None, 0)
