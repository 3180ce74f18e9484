"""By when something was promised."""

from datetime import UTC, datetime, timedelta

import pytest

from poise.detection.dues import due_instant

SAID = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)  # a Wednesday
DAY_ENDS = datetime(2026, 3, 5, 12, tzinfo=UTC)  # wherever in the world


@pytest.mark.parametrize(
    ("text", "language", "due"),
    [
        ("in ten minutes", "en", SAID + timedelta(minutes=10)),
        ("within 24 hours", "en", SAID + timedelta(hours=24)),
        ("in one or two working days", "en", SAID + timedelta(days=2)),
        ("in half an hour", "en", SAID + timedelta(minutes=30)),
        ("in a couple of weeks", "en", SAID + timedelta(weeks=2)),
        ("today", "en", DAY_ENDS),
        ("by tomorrow", "en", DAY_ENDS + timedelta(days=1)),
        ("on Friday", "en", DAY_ENDS + timedelta(days=2)),
        ("by wednesday", "en", DAY_ENDS + timedelta(days=7)),
        ("om ti minutter", "nb", SAID + timedelta(minutes=10)),
        ("innen to virkedager", "nb", SAID + timedelta(days=2)),
        ("i løpet av en halvtime", "nb", SAID + timedelta(minutes=30)),
        ("på fredag", "nb", DAY_ENDS + timedelta(days=2)),
        ("תוך שעתיים", "he", SAID + timedelta(hours=2)),
        ("בעוד עשר דקות", "he", SAID + timedelta(minutes=10)),
        ("תוך שעה", "he", SAID + timedelta(hours=1)),
        ("עד מחר", "he", DAY_ENDS + timedelta(days=1)),
    ],
)
def test_times_come_to_an_instant(text: str, language: str, due: datetime) -> None:
    assert due_instant(text, SAID, language) == due


@pytest.mark.parametrize(
    ("text", "language"),
    [("by five", "en"), ("at 5 pm", "en"), ("soon", "en"), ("in a moment", "en"), ("demain", "fr")],
)
def test_times_that_cannot_be_reckoned_are_none(text: str, language: str) -> None:
    assert due_instant(text, SAID, language) is None
