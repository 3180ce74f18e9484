"""The days of the demo, told from today: what was done lies behind, what is planned lies ahead."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

__all__ = ["Days"]


class Days:
    """Moments on working days, counted from the day on which the demo is made."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def at(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """Return a time on the working day that lies so many working days from today; behind it: below zero."""
        day = timezone.localdate(self.now)
        step = timedelta(days=1 if days > 0 else -1)
        while days:
            day += step
            days -= int(step.days) if day.weekday() < 5 else 0
        return timezone.make_aware(datetime.combine(day, time(hour, minute)))
