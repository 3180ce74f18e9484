"""What people write on the pages of this room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poise.app.fairness.models import Policy, VoluntaryAnswer

__all__ = ["AuditForm", "PeriodForm", "PolicyForm", "VoluntaryForm"]

_NOT_SAID = ("", _("I prefer not to say"))


class VoluntaryForm(forms.Form):
    """A candidate's answers. Each may be left out; any answer needs the explicit consent."""

    sex = forms.ChoiceField(
        label=_("Sex"), required=False, widget=forms.RadioSelect, choices=[*VoluntaryAnswer.Sex.choices, _NOT_SAID]
    )
    ethnicity = forms.ChoiceField(
        label=_("Race or ethnicity"),
        required=False,
        widget=forms.RadioSelect,
        choices=[*VoluntaryAnswer.Ethnicity.choices, _NOT_SAID],
    )
    agreed = forms.BooleanField(
        label=_(
            "I agree that my answers are kept and counted, without my name, to check whether this employer's choices "
            "are fair. I can withdraw this at any time."
        ),
        required=False,
    )

    def __init__(self, asked: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asked != Policy.Asked.BOTH:
            del self.fields["ethnicity"]

    def clean(self) -> dict[str, Any]:
        """No answer without consent."""
        given = super().clean() or self.cleaned_data
        if (given.get("sex") or given.get("ethnicity")) and not given.get("agreed"):
            self.add_error("agreed", _("Without your agreement nothing is kept. Agree, or choose not to say."))
        return given


class PeriodForm(forms.Form):
    """Campaigns that were opened within some days; one field alone leaves the other side open."""

    since = forms.DateField(label=_("Opened from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Opened until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """A period ends after it begins."""
        given = super().clean() or self.cleaned_data
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", _("This day lies before the first."))
        return given


class PolicyForm(forms.ModelForm[Policy]):
    """What is asked, and whose rule is named."""

    class Meta:
        """Both."""

        model = Policy
        fields = ("asked", "authority")
        widgets = {"asked": forms.RadioSelect, "authority": forms.TextInput(attrs={"dir": "auto"})}
        help_texts = {
            "authority": _("Named beside every ratio. Empty: the guidelines of the United States, 29 CFR 1607.4 D.")
        }


class AuditForm(forms.Form):
    """What the file for an independent auditor says beside its tables."""

    kind = forms.ChoiceField(
        label=_("Tables of"),
        choices=[("selection", _("selection rates, by stage")), ("scoring", _("scoring rates, by trait or cluster"))],
    )
    audit_date = forms.DateField(label=_("Date of the audit"), widget=forms.DateInput(attrs={"type": "date"}))
    distribution_date = forms.DateField(
        label=_("Date from which the tool was used"), widget=forms.DateInput(attrs={"type": "date"})
    )
    source = forms.CharField(
        label=_("Source and explanation of the data"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2_000,
        help_text=_("Which campaigns, from when to when, and why these. Historical data of this employer, or of whom."),
    )
    unknown_in_median = forms.BooleanField(
        label=_("People who did not answer count for the median"),
        required=False,
        initial=True,
        help_text=_("Of scoring rates only. The rule does not say; the file says which was chosen."),
    )
    leave_out_small = forms.BooleanField(
        label=_("Leave categories with less than 2% of the people out of the ratios"),
        required=False,
        help_text=_("The independent auditor's choice. Their counts and rates are printed all the same."),
    )
    justification = forms.CharField(
        label=_("Justification for leaving them out"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        max_length=2_000,
    )
    confirmed = forms.BooleanField(
        label=_(
            "I know that this file has counts of small groups, by which somebody could be recognised. It goes to the "
            "independent auditor and is published as the law asks. That I took it is logged."
        )
    )
    form = forms.ChoiceField(label=_("As"), choices=[("page", _("a page to print")), ("csv", _("a CSV file"))])

    def clean_audit_date(self) -> date:
        """No audit was done in the future."""
        day: date = self.cleaned_data["audit_date"]
        if day > date.today():
            raise forms.ValidationError(_("This day is still to come."))
        return day

    def clean(self) -> dict[str, Any]:
        """Leaving out needs a reason."""
        given = super().clean() or self.cleaned_data
        if given.get("leave_out_small") and not (given.get("justification") or "").strip():
            self.add_error("justification", _("Say why these categories are left out."))
        return given
