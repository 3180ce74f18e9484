"""What candidates write."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poise.app.interviews.decisions.report import Report
from poise.reports.titles import Titles

__all__ = ["AccommodationForm", "ObjectionForm", "StatementForm"]


def _words(label: Any, rows: int, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
    )


class StatementForm(forms.Form):
    """A candidate's own strengths and weaknesses."""

    strengths = _words(_("What you are good at"), 4, required=False)
    strong_traits = forms.MultipleChoiceField(
        label=_("It belongs to"), required=False, widget=forms.CheckboxSelectMultiple
    )
    weaknesses = _words(_("What you want to get better at"), 4, required=False)
    weak_traits = forms.MultipleChoiceField(
        label=_("It belongs to"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, traits: list[str], names: Titles, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("strong_traits", "weak_traits"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(code, names.trait(code)) for code in names.order(traits)]


class AccommodationForm(forms.Form):
    """What would make the interview fair."""

    asked = _words(
        _("What would help you"),
        4,
        _("For example more time, a break, questions in writing, another day. You need not say why."),
        required=False,
    )
    no_marks = forms.BooleanField(
        label=_("Nothing that is seen, such as eye contact, nodding or how I hold my head, is to be noted."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Something is asked for."""
        given = super().clean() or {}
        if not given.get("asked", "").strip() and not given.get("no_marks"):
            self.add_error("asked", _("Say what would help you, or tick the line below."))
        return given


class ObjectionForm(forms.Form):
    """What a candidate holds to be wrong."""

    about = forms.ChoiceField(label=_("What it is about"), required=False)
    text = _words(_("What is wrong, and what is right"), 5)

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = self.fields["about"]
        assert isinstance(about, forms.ChoiceField)
        choices: list[Any] = [("", _("The decision"))]
        for part in report.parts:
            answers = [(one.question, _shortened(one.text)) for one in part.answers]
            choices.append((part.title, [(part.code, _("The whole trait: %s") % part.title), *answers]))
        about.choices = choices


def _shortened(text: str, letters: int = 90) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
