"""The parts of a level add up to it, for traits and for the clusters that stand for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise.knowledge import Knowledge
from poise.reports.profile import Level, Profile, Section, profiles
from poise.reports.quotes import collect
from poise.reports.results import read
from poise.reports.titles import titles


@pytest.fixture(scope="module")
def found(results: Path, knowledge: Knowledge) -> list[Profile]:
    opened, names = read(results), titles("en", knowledge)
    return profiles(opened, opened.people, names, collect(opened, opened.people, names))


def test_the_parts_add_up_to_the_level(found: list[Profile]) -> None:
    checked = 0
    for profile in found:
        for section in (*profile.sections, *profile.hidden):
            if section.level.mean is not None:
                total = 3 + sum(act.contribution or 0 for act in section.acts)
                assert min(5.0, max(1.0, total)) == pytest.approx(section.level.mean, abs=1e-6)
                checked += section.level.kind == "cluster"
    assert checked > 10


def test_a_cluster_changes_by_its_share_of_the_trait(found: list[Profile]) -> None:
    colin = next(profile for profile in found if profile.person == "a04")
    care = next(section for section in colin.sections if section.level.trait == "care")
    considerate = next(section for section in colin.sections if section.level.trait == "considerate")
    gains = [
        {row["behaviour"]: row["level_then"] - row["level"] for row in section.changes if row["kind"] == "behaviour"}
        for section in (care, considerate)
    ]
    assert gains[0]["courtesy.thanks"] == pytest.approx(gains[1]["courtesy.thanks"] / 3)


def test_a_cluster_stands_for_traits_that_may_not_be_shown(found: list[Profile]) -> None:
    colin = next(profile for profile in found if profile.person == "a04")
    argued = [section.level.trait for section in colin.sections]
    assert "care" in argued and "communicative" not in argued  # communicative is told by its cluster
    assert "composure_and_cooperation" not in argued  # all its traits speak for themselves
    assert [section.level.trait for section in colin.hidden if section.level.trait == "communicative"]


def test_what_surely_needs_help_comes_before_what_is_only_far_away() -> None:
    def section(code: str, mean: float, low: float, high: float, below: float) -> Section:
        return Section(Level(code, "cluster", mean, low, high, 17, 15, below, True, None), (), (), (), ())

    far = section("contribution", 1.9, 1.0, 3.2, 0.75)
    sure = section("care", 2.1, 1.8, 2.4, 0.98)
    told = Profile("a", {}, (far, sure), (), ())
    assert [one.level.trait for one in told.said("weakness")] == ["care", "contribution"]


def test_no_quote_is_used_twice_for_one_person(found: list[Profile]) -> None:
    for profile in found:
        used = [quote for s in profile.sections for quote in (*s.quotes_for, *s.quotes_against)]
        assert len(used) == len(set(used))


@pytest.mark.parametrize(
    ("mean", "low", "high", "shown", "verdict"),
    [
        (3.6, 3.2, 4.0, True, "strength"),
        (2.4, 2.0, 2.8, True, "weakness"),
        (3.6, 2.2, 5.0, True, "even"),  # too wide to say
        (3.1, 3.05, 3.15, True, "even"),  # sure, but too small to matter
        (3.0, 3.0, 3.0, True, "even"),
        (5.0, 5.0, 5.0, True, "strength"),
        (4.5, 4.2, 4.8, False, "hidden"),
        (None, None, None, True, "hidden"),
    ],
)
def test_verdicts_need_certainty_and_size(
    mean: float | None, low: float | None, high: float | None, shown: bool, verdict: str
) -> None:
    level = Level("helpful", "trait", mean, low, high, 20, 100, 0.95, shown, None)
    assert level.verdict == verdict
    assert level.needs_help == shown
