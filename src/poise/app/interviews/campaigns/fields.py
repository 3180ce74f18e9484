"""Fields that several forms ask with."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from poise.app.accounts.models import User

__all__ = ["RaterField", "day_field", "instant_field"]

_DAY: Final = {"type": "date"}
_INSTANT: Final = {"type": "datetime-local"}


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day, as browsers write it."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), **options)


def instant_field(label: Any, **options: Any) -> forms.DateTimeField:
    """A day and time by the clock on the installation's wall, as browsers write it."""
    widget = forms.DateTimeInput(attrs=_INSTANT, format="%Y-%m-%dT%H:%M")
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(label=label, widget=widget, input_formats=formats, **options)


class RaterField(forms.ModelChoiceField[User]):
    """A rater, by name."""

    def label_from_instance(self, obj: User) -> str:
        """Their name."""
        return str(obj)
