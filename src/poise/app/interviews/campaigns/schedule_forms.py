"""What is asked of a schedule."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from poise.app.accounts.models import User
from poise.app.interviews.campaigns.fields import RaterField, day_field, instant_field
from poise.app.interviews.campaigns.models import Campaign, Interview, Stage

__all__ = ["PlanForm", "ReplaceForm", "SeatForm", "SlotForm", "TimeForm"]


class SeatForm(forms.Form):
    """One more rater."""

    rater = RaterField(label=_("Rater"), queryset=User.objects.none())

    def __init__(self, *args: Any, raters: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["rater"]).queryset = raters


class ReplaceForm(SeatForm):
    """One rater for another."""

    old = forms.IntegerField(widget=forms.HiddenInput)


class TimeForm(forms.ModelForm[Interview]):
    """When and where."""

    starts_at = instant_field(_("Starts at"))

    class Meta:
        model = Interview
        fields = ("starts_at", "place")
        labels = {"place": _("Place or link")}
        widgets = {"place": forms.TextInput(attrs={"dir": "auto"})}

    def clean_starts_at(self) -> Any:
        """Not in the past."""
        if self.cleaned_data["starts_at"] <= timezone.now():
            raise ValidationError(gettext("This time is past."))
        return self.cleaned_data["starts_at"]


class PlanForm(forms.Form):
    """For what a plan is to be proposed: who can interview, and when."""

    stage = forms.ModelChoiceField(label=_("Stage"), queryset=Stage.objects.none(), empty_label=None)
    raters = forms.ModelMultipleChoiceField(
        label=_("Raters"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    each = forms.IntegerField(label=_("Raters an interview"), min_value=1, max_value=6)
    most = forms.IntegerField(
        label=_("Most interviews a rater"), min_value=1, max_value=100, required=False, help_text=_("Empty: no limit.")
    )
    first = day_field(_("First day"))
    last = day_field(_("Last day"))
    opens = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    weekdays = forms.TypedMultipleChoiceField(label=_("Days"), coerce=int, widget=forms.CheckboxSelectMultiple)
    pause = forms.IntegerField(label=_("Minutes between two interviews"), min_value=0, max_value=240)
    place = forms.CharField(
        label=_("Place or link"),
        max_length=500,
        required=False,
        help_text=_("Of all of them; each can be changed below."),
    )

    def __init__(self, *args: Any, stages: Any, raters: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Stage]", self.fields["stage"]).queryset = stages
        cast("forms.ModelMultipleChoiceField[User]", self.fields["raters"]).queryset = raters
        cast("forms.TypedMultipleChoiceField", self.fields["weekdays"]).choices = list(WEEKDAYS.items())

    @staticmethod
    def start(campaign: Campaign, raters: Any, first: date) -> dict[str, Any]:
        """What the fields hold before anything is asked."""
        return {
            "stage": campaign.stages.order_by("number").first(),
            "raters": raters,
            "each": campaign.raters_each,
            "first": first,
            "last": first + timedelta(days=11),
            "opens": time(9),
            "closes": time(16),
            "weekdays": list(range(5)),
            "pause": 15,
        }

    def clean(self) -> dict[str, Any]:
        """Days and hours run forward, and not for ever."""
        entered = super().clean() or {}
        if {"first", "last"} <= entered.keys():
            if entered["last"] < entered["first"]:
                self.add_error("last", gettext("This is before the first day."))
            elif (entered["last"] - entered["first"]).days > 60:
                self.add_error("last", gettext("Choose at most two months."))
        if {"opens", "closes"} <= entered.keys() and entered["closes"] <= entered["opens"]:
            self.add_error("closes", gettext("This is before the hours begin."))
        return entered


class SlotForm(forms.Form):
    """One interview of a proposal, which a person may change."""

    candidate = forms.IntegerField(widget=forms.HiddenInput)
    take = forms.BooleanField(label=_("Plan it"), required=False)
    starts_at = instant_field(_("Starts at"), required=False)
    place = forms.CharField(
        label=_("Place or link"), max_length=500, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    raters = forms.TypedMultipleChoiceField(
        label=_("Raters"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    asks = forms.TypedChoiceField(label=_("Asks"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, raters: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.TypedMultipleChoiceField", self.fields["raters"]).choices = raters
        cast("forms.TypedChoiceField", self.fields["asks"]).choices = [("", "–"), *raters]
