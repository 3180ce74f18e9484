"""What readers of conversations write and choose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from poise.app.accounts.models import Team
from poise.app.conversations.models import Contest
from poise.app.people.models import Person
from poise.reports.titles import Titles

__all__ = ["ContestForm", "DecisionForm", "SearchForm"]

_DAYS: Final = (MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2200, 12, 31)))
_REASON: Final = 1_000


class _ByName(ModelChoiceIterator[Any]):
    """Choices from two columns, where whole rows would be read only to be named."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield "", self.field.empty_label
        yield from self.queryset.values_list("pk", "name")


class _OneOfMany(forms.Select):
    """A select of a thousand choices: Django renders each by a template of its own, and takes longer than the page."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Write it in one go, escaped."""
        chosen = str(value or "")
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SafeString(" selected") if str(key) == chosen else "", title) for key, title in self.choices),
        )
        return format_html("<select{}>{}</select>", flatatt(self.build_attrs({"name": name}, attrs)), options)


class _OneOfManyField(forms.ModelChoiceField[Any]):
    iterator = _ByName
    widget = _OneOfMany


class SearchForm(forms.Form):
    """What is looked for. Choices are those that the reader reaches; anything else is refused by name."""

    q = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=300,
        help_text=_('Put "words that stand together" in quotes, a minus before what must not be there, * for any end.'),
        widget=forms.TextInput(attrs={"type": "search", "dir": "auto"}),
    )
    behaviour = forms.ChoiceField(label=_("Behaviour"), required=False)
    trait = forms.ChoiceField(label=_("Trait"), required=False)
    missed = forms.BooleanField(label=_("Called for and missed"), required=False)
    person = _OneOfManyField(Person.objects.none(), label=_("Person"), required=False, empty_label=_("Everybody"))
    team = _OneOfManyField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("All teams"))
    since = forms.DateField(
        label=_("From"), required=False, validators=_DAYS, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, validators=_DAYS, widget=forms.DateInput(attrs={"type": "date"})
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    anger = forms.TypedChoiceField(
        label=_("Customer arrived angry"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", _("Or not")),
            (1, _("At least annoyed")),
            (2, _("At least angry")),
            (3, _("At least very angry")),
            (4, _("In a rage")),
        ],
    )

    def __init__(
        self,
        *args: Any,
        names: Titles,
        people: QuerySet[Person],
        teams: QuerySet[Team],
        channels: list[tuple[str, str]],
        languages: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        anything = ("", _("Any"))
        self.choose("behaviour", [anything, *by_trait(names)])
        traits = [
            (names.trait(cluster), [(one, names.trait(one)) for one in names.members(cluster)])
            for cluster in names.clusters
        ]
        self.choose("trait", [anything, *traits])
        self.choose("channel", [anything, *channels])
        self.choose("language", [anything, *languages])
        for name, rows in (("person", people), ("team", teams)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows

    def choose(self, name: str, choices: list[Any]) -> None:
        """Set the choices of a field."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def by_trait(names: Titles) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return all behaviours, under their traits."""
    return [(names.trait(trait), [(one, names.behaviour(one)) for one in names.acts(trait)]) for trait in names.traits]


def _reason(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ContestForm(forms.Form):
    """Why a finding is wrong; of an occasion that was missed also in what way."""

    kind = forms.ChoiceField(label=_("What is wrong"), widget=forms.RadioSelect)
    reason = _reason(_("Why"), _("The reviewer and the person assessed can read this."))

    def __init__(self, *args: Any, missed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Contest.Kind.DONE, Contest.Kind.UNCALLED] if missed else [Contest.Kind.HIT]
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, kind.label) for kind in kinds]
        if not missed:
            field.initial = Contest.Kind.HIT.value
            field.widget = forms.HiddenInput()


class DecisionForm(forms.Form):
    """What a reviewer decides, and why."""

    upheld = forms.TypedChoiceField(
        label=_("Decision"),
        coerce=lambda given: given == "yes",
        choices=[("yes", _("The contest is right: correct the finding")), ("no", _("The finding stands"))],
        widget=forms.RadioSelect,
    )
    reason = _reason(_("Why"), _("Whoever contests it and the person assessed can read this."))
