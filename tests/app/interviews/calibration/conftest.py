"""A published kit of three traits with the item bank's questions, a manager and two raters of its team."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import pytest
from django.test import Client
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.interviews.calibration import rounds
from poise.app.interviews.calibration.models import Round
from poise.app.interviews.kits.models import Kit, KitVersion
from poise.knowledge.interviews import Kit as Content
from poise.knowledge.interviews import PracticeAnswer, Question, kit_to_json, load_item_bank, start_kit

TRAITS = ("helpful", "considerate", "stays_in_control")


def content(traits: tuple[str, ...] = TRAITS, **changed: Callable[[Question], Question]) -> Content:
    """A kit from the item bank; ``changed`` edits the questions of a trait."""
    kit = start_kit(load_item_bank(), dict.fromkeys(traits, 1.0))
    questions = [changed.get(str(one.trait), lambda same: same)(one) for one in kit.questions]
    return msgspec.structs.replace(kit, questions=questions)


def other_anchor(one: Question) -> Question:
    """The question with other words at level 3."""
    return msgspec.structs.replace(one, anchors={**one.anchors, "3": dict.fromkeys(one.anchors["3"], "Other.")})


def other_words(one: Question) -> Question:
    """The question asked in other words, with the same anchors."""
    return msgspec.structs.replace(one, text={code: f"{words} Really?" for code, words in one.text.items()})


@dataclass
class Practice:
    """Somebody's team with its kit."""

    team: Team
    manager: User
    rater: User
    other: User
    kit: KitVersion

    def version(self, made: Content, title: str = "Guest service") -> KitVersion:
        """A published version of a kit."""
        kit, _ = Kit.objects.get_or_create(team=self.team, title=title)
        return KitVersion.objects.create(
            kit=kit,
            number=kit.versions.count() + 1,
            content=kit_to_json(made),
            published_at=timezone.now(),
            published_by=self.manager,
            digest=made.digest(),
        )


@pytest.fixture
def practice(db: str, member: Callable[..., User]) -> Practice:
    """Nobody has practised yet."""
    return assemble(member)


def assemble(member: Callable[..., User]) -> Practice:
    """Put a team together, in the database at hand."""
    team = Team.objects.create(name="Harbour")
    found = Practice(
        team,
        member(Role.HIRING_MANAGER, team, email="helen@example.org", name="Helen Brook"),
        member(Role.INTERVIEWER, team, email="ivan@example.org", name="Ivan Petrov"),
        member(Role.INTERVIEWER, team, email="ida@example.org", name="Ida Moe"),
        None,  # type: ignore[arg-type]
    )
    found.kit = found.version(content())
    return found


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """A browser of somebody, in a language."""

    def enter(user: User, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(user)
        return client

    return enter


def answers_of(one: Round) -> list[PracticeAnswer]:
    """What a round shows, in order."""
    return [load_item_bank().practice[key] for key, _ in one.answers]


def off(level: int, by: int) -> int:
    """Another level, ``by`` away (at most 2), in whichever direction there is one."""
    return level + by if level + by <= 5 else level - by


def finish(rater: User, kit: KitVersion, by: tuple[int, ...] = (0,), at: datetime | None = None) -> Round:
    """Rate a whole round, each answer ``by`` levels away from the experts."""
    one = rounds.start(rater, kit)
    for number, answer in enumerate(answers_of(one), 1):
        level = off(answer.level, by[(number - 1) % len(by)])
        rounds.rate(one, number, level=level, reason="Said so.", at=at)
    one.refresh_from_db()
    return one
