"""What people write on the pages of this room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poise.app.audit.models import Action, NoticeGiven, Retention
from poise.app.people.models import Person

__all__ = ["EraseForm", "FilterForm", "NoticeForm", "RetentionForm"]


class FilterForm(forms.Form):
    """Which rows of the log are wanted."""

    action = forms.ChoiceField(label=_("Action"), required=False, choices=[("", _("All")), *Action.choices])
    person = forms.IntegerField(label=_("About person (number)"), required=False, min_value=1, max_value=2**63 - 1)
    candidate = forms.IntegerField(
        label=_("About candidate (number)"), required=False, min_value=1, max_value=2**63 - 1
    )
    actor = forms.IntegerField(label=_("By user (number)"), required=False, min_value=1, max_value=2**63 - 1)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class EraseForm(forms.Form):
    """A person's name written out, and why."""

    name = forms.CharField(label=_("Write the person's name to confirm"), max_length=300)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It stays in the log. Write no personal data here."),
        max_length=500,
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_name(self) -> str:
        """The name must be this person's."""
        name = str(self.cleaned_data["name"]).strip()
        if name != self.person.name.strip():
            raise forms.ValidationError(_("This is not the person's name."))
        return name


class NoticeForm(forms.ModelForm[NoticeGiven]):
    """When and how people were told."""

    class Meta:
        """Day and way."""

        model = NoticeGiven
        fields = ("given_on", "how")
        widgets = {"given_on": forms.DateInput(attrs={"type": "date"}), "how": forms.TextInput(attrs={"dir": "auto"})}
        help_texts = {"how": _("For example: by e-mail to all agents, and on the notice board.")}

    def clean_given_on(self) -> date:
        """Nobody was told in the future."""
        day: date = self.cleaned_data["given_on"]
        if day > date.today():
            raise forms.ValidationError(_("This day is still to come."))
        return day


class RetentionForm(forms.ModelForm[Retention]):
    """For how many months conversations of one purpose are kept."""

    months = forms.IntegerField(
        label=_("Months"),
        required=False,
        min_value=1,
        max_value=600,
        help_text=_("Empty: until somebody takes them away."),
    )

    class Meta:
        """Months."""

        model = Retention
        fields = ("months",)
