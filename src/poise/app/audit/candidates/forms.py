"""What administrators write on the pages about candidates' rights."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poise.app.interviews.campaigns.models import Candidate

__all__ = ["EraseCandidateForm", "HoldForm"]


class EraseCandidateForm(forms.Form):
    """A candidate's name written out, and why."""

    name = forms.CharField(label=_("Write the candidate's name to confirm"), max_length=300)
    reason = forms.CharField(
        label=_("Reason"), help_text=_("It stays in the log. Write no personal data here."), max_length=500
    )

    def __init__(self, candidate: Candidate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidate = candidate

    def clean_name(self) -> str:
        """The name must be this candidate's."""
        name = str(self.cleaned_data["name"]).strip()
        if name != self.candidate.name.strip():
            raise forms.ValidationError(_("This is not the candidate's name."))
        return name


class HoldForm(forms.Form):
    """Why the law asks that everything is kept."""

    reason = forms.CharField(
        label=_("Why it must be kept"),
        help_text=_(
            "For example: a suit is pending. Whoever wants to erase is shown this. Write no personal data here."
        ),
        max_length=500,
    )
