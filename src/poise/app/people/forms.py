"""What is asked of readers on pages about people."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from poise.app.accounts.models import Team, User
from poise.app.people.models import Person
from poise.app.people.periods import Span

__all__ = ["PersonForm", "SpansForm"]


class SpansForm(forms.Form):
    """Two periods, each from one day to another."""

    from1 = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    to1 = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    from2 = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    to2 = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """A period ends after it began, and the two share no day."""
        entered = super().clean() or {}
        if len(entered) == 4:
            for first, last in (("from1", "to1"), ("from2", "to2")):
                if entered[first] > entered[last]:
                    self.add_error(last, gettext("This is before the period begins."))
            if not self.errors and entered["from2"] <= entered["to1"]:
                self.add_error("from2", gettext("The second period begins after the first has ended."))
        return entered

    @staticmethod
    def start(recent: tuple[Span, Span] | None) -> dict[str, date]:
        """What the fields hold before anything is asked."""
        days = [day for span in recent or () for day in (span.first, span.last)]
        return dict(zip(("from1", "to1", "from2", "to2"), days, strict=False))

    def spans(self) -> tuple[Span, Span]:
        """The two periods of a form that is valid."""
        entered = self.cleaned_data
        return Span(entered["from1"], entered["to1"]), Span(entered["from2"], entered["to2"])


class PersonForm(forms.ModelForm[Person]):
    """What an installation says of a person: name, team, and the account that they sign in with."""

    class Meta:
        model = Person
        fields = ("name", "team", "user")
        labels = {"name": _("Name"), "team": _("Team"), "user": _("Account")}
        help_texts = {"user": _("Whoever signs in with it, as an agent, sees this person's own pages.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = Q(pk=self.instance.team_id) if self.instance.team_id else Q()
        team, account = (cast("forms.ModelChoiceField[Any]", self.fields[name]) for name in ("team", "user"))
        team.queryset = Team.objects.filter(Q(active=True) | held)
        account.queryset = User.objects.filter(Q(is_active=True, person=None) | Q(person=self.instance.pk)).order_by(
            "name", "email"
        )
