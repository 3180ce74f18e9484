"""What is asked of a candidate."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from poise.app.interviews.campaigns.adding import COLUMNS, CandidateError, Given, check
from poise.app.interviews.campaigns.fields import day_field
from poise.app.interviews.campaigns.models import Accommodation, Candidate, Stage
from poise.app.interviews.campaigns.rosters import MOST_BYTES

__all__ = ["AnswerForm", "AskedForm", "CandidateForm", "FileForm", "FilterForm", "KeepForm", "ToldForm"]


class CandidateForm(forms.ModelForm[Candidate]):
    """Somebody who applies."""

    class Meta:
        model = Candidate
        fields = COLUMNS
        labels = {
            "name": pgettext_lazy("of a person", "Name"),
            "email": _("E-mail address"),
            "phone": _("Phone"),
            "language": _("Language"),
            "external_id": _("Id in the applicant tracking system"),
        }
        help_texts = {"language": _("Of letters and of the candidate's own pages.")}
        widgets = {"name": forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=settings.LANGUAGES, help_text=self.fields["language"].help_text
        )

    def clean(self) -> dict[str, Any]:
        """What a file or a program could not hand in, a form does not either."""
        entered = super().clean() or {}
        if not self.errors:
            try:
                check(self.given())
            except CandidateError as error:
                self.add_error(error.field, f"{error.problem}. {error.remedy}.")
        return entered

    def given(self) -> Given:
        """What was entered."""
        return Given(**{name: self.cleaned_data.get(name) or "" for name in COLUMNS})

    def validate_unique(self) -> None:
        """Whether somebody is known is the register's answer, in words."""


class FileForm(forms.Form):
    """A CSV file of candidates."""

    file = forms.FileField(label=_("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> Any:
        """Not larger than what is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(gettext("The file is larger than 1 MB. Split it."))
        return file


_STATES: Final = [("", pgettext_lazy("any state", "any")), *Candidate.State.choices]


class FilterForm(forms.Form):
    """Which candidates are listed."""

    words = forms.CharField(label=_("Name, address or id"), required=False, max_length=200)
    stage = forms.TypedChoiceField(label=_("Stage"), required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, *args: Any, stages: list[Stage], outcomes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = cast("forms.ChoiceField", self.fields["state"])
        # asking who was declined would tell it
        states.choices = [one for one in _STATES if outcomes or one[0] not in Candidate.DECIDED]
        field = cast("forms.TypedChoiceField", self.fields["stage"])
        field.choices = [("", pgettext_lazy("any stage", "any")), *((one.pk, one.title) for one in stages)]


class ToldForm(forms.Form):
    """When a candidate was told in another way than by a letter from here."""

    day = day_field(_("Told on"))

    def clean_day(self) -> date:
        """Not in the future."""
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError(gettext("This day has not come yet."))
        return day


class AskedForm(forms.ModelForm[Accommodation]):
    """What a candidate asked for, entered for them."""

    class Meta:
        model = Accommodation
        fields = ("asked",)
        labels = {"asked": _("What would help")}
        widgets = {"asked": forms.Textarea(attrs={"rows": 3, "dir": "auto"})}


class AnswerForm(forms.ModelForm[Accommodation]):
    """What is arranged."""

    class Meta:
        model = Accommodation
        fields = ("arranged", "extra_minutes", "no_marks")
        labels = {
            "arranged": _("What is arranged"),
            "extra_minutes": _("Extra minutes"),
            "no_marks": _("Nothing that has to be seen is noted"),
        }
        help_texts = {
            "arranged": _("Interviewers and the candidate read this. Interviewers do not see what was asked."),
            "no_marks": _("Nodding, eye contact and head tilt are then not offered to interviewers."),
        }
        widgets = {"arranged": forms.Textarea(attrs={"rows": 3, "dir": "auto"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["arranged"].required = True
        self.fields["extra_minutes"] = forms.IntegerField(
            label=self.fields["extra_minutes"].label, min_value=0, max_value=240, initial=0
        )


class KeepForm(forms.ModelForm[Candidate]):
    """Until when somebody's data are kept, later than the campaign's clock says."""

    keep_until = day_field(_("Keep until"))

    class Meta:
        model = Candidate
        fields = ("keep_until",)

    def clean_keep_until(self) -> date:
        """Only later: an earlier end is what the campaign's months are for."""
        day: date = self.cleaned_data["keep_until"]
        if day < (self.initial.get("keep_until") or timezone.localdate()):
            raise ValidationError(gettext("Choose a later day than the one that holds."))
        return day
