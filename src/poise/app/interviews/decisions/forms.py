"""What is written and chosen where people decide and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from poise.app.interviews.decisions.deciding import SHORTEST
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.decisions.objecting import SHORTEST_ANSWER
from poise.app.interviews.room.models import Rating

__all__ = ["AnswerForm", "DecisionForm"]


class DecisionForm(forms.Form):
    """What somebody decides about a candidate, and why. Nothing is chosen beforehand."""

    outcome = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why, in your own words"),
        help_text=_("The candidate reads this in their report, without your name. Leave out who else applied."),
        min_length=SHORTEST,
        max_length=4_000,
        error_messages={
            "min_length": ngettext_lazy(
                "Say a little more: at least %(limit_value)d letter.",
                "Say a little more: at least %(limit_value)d letters.",
                "limit_value",
            )
        },
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    override = forms.BooleanField(
        label=_("I know that this goes against what the interviews say, and my reason says why I decide so."),
        required=False,
    )

    def __init__(self, *args: Any, goes_on: bool, against: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome = self.fields["outcome"]
        assert isinstance(outcome, forms.ChoiceField)
        outcome.choices = [one for one in Decision.Outcome.choices if goes_on or one[0] != Decision.Outcome.ADVANCE]
        if not against:
            self.fields["override"].widget = forms.HiddenInput()
            self.fields["override"].disabled = True


class RatingChoice(forms.ModelMultipleChoiceField[Rating]):
    """Ratings by who gave them and the question's text."""

    texts: Mapping[str, str] = {}

    def label_from_instance(self, obj: Rating) -> str:
        """Name one."""
        return gettext("%(level)d, by %(rater)s: %(question)s") % {
            "level": obj.level,
            "rater": obj.seat.rater,
            "question": self.texts.get(obj.question, obj.question),
        }


class AnswerForm(forms.Form):
    """What is found of an objection."""

    upheld = forms.TypedChoiceField(
        label=_("What you found"),
        coerce=lambda said: said == "yes",
        choices=[("yes", _("The candidate is right")), ("no", _("It stays as it is"))],
        widget=forms.RadioSelect,
    )
    aside = RatingChoice(
        Rating.objects.none(),
        label=_("Ratings that are set aside"),
        help_text=_("They stay on record, and nothing is computed from them any more."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    text = forms.CharField(
        label=_("Your answer to the candidate"),
        min_length=SHORTEST_ANSWER,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, *args: Any, ratings: QuerySet[Rating], texts: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._any = ratings.exists()
        if self._any:
            field = self.fields["aside"]
            assert isinstance(field, RatingChoice)
            field.queryset, field.texts = ratings, texts
        else:
            del self.fields["aside"]

    def clean(self) -> dict[str, Any]:
        """Who is right about a rating says which; who is not sets nothing aside."""
        given = super().clean() or {}
        aside = given.get("aside") or ()
        if self._any and given.get("upheld") is True and not aside:
            self.add_error("aside", _("The candidate is right: choose the ratings that this is about."))
        if given.get("upheld") is False and aside:
            self.add_error("aside", _("If it stays as it is, no rating is set aside."))
        return given
